/** What is kept, for how long, and what a deletion of the stack leaves behind. */
import { expect, test } from 'vitest';
import { resources, synthesize } from './support.ts';

const template = synthesize();
const kept = new Set(['AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret', 'AWS::Logs::LogGroup']);

const deletionPolicies = (of: typeof template) =>
  new Set(resources(of).flatMap(([, it]) => (kept.has(it.Type) ? [it.DeletionPolicy] : [])));

test('the table has string keys, is paid by request, is backed up and expires items by exp', () => {
  template.resourceCountIs('AWS::DynamoDB::Table', 1);
  template.hasResourceProperties('AWS::DynamoDB::Table', {
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    TimeToLiveSpecification: { AttributeName: 'exp', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
});

test.each(['RELAY_WEBHOOK_TOKEN', 'ACCEPT_CLIENT_BEARER', 'CLIENT_JWT_SECRET', 'MODAL_WEBHOOK_SECRET'])(
  'the secret %s is generated and tagged',
  (variable) => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: { PasswordLength: 40, ExcludePunctuation: true },
      Tags: [{ Key: 'relay:variable', Value: variable }],
    });
  },
);

test('every log is kept for as long as the setting says', () => {
  template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  const short = synthesize({ 'relay:logRetentionDays': '7' });
  short.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
});

test('a deleted stack leaves its table, secrets and logs', () => {
  expect(deletionPolicies(template)).toEqual(new Set(['Retain']));
});

test('a deleted stack takes everything with it if the setting says so', () => {
  expect(deletionPolicies(synthesize({ 'relay:removalPolicy': 'destroy' }))).toEqual(new Set(['Delete']));
});
