/**
 * What the twin reads of the functions' roles, and what stops its start because it could not be evaluated.
 */

import { describe, expect, it } from 'vitest';
import { readFunctions } from '../../../../local/stack/functions.ts';
import { readTemplate } from '../../../../local/stack/template.ts';
import { makeRole, makeTemplate } from '../../../support/fixture-assembly.ts';

const fixture = { functions: { Web: { code: '', statements: [] } }, http: {}, events: {} };
const assets = new Map([['Web.zip', '/asset']]);
const READ = { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: '*' };

/** The role of the one function, beside or in place of what the fixture has. */
const roleOf = (resources: Record<string, unknown>) =>
  readFunctions(readTemplate(makeTemplate({ ...fixture, resources }), 'Relay').resources, assets)[0]?.role;

function policy(statements: unknown, properties: Record<string, unknown> = {}, type = 'AWS::IAM::Policy') {
  const Roles = [{ Ref: 'WebRole' }];
  return { Type: type, Properties: { PolicyDocument: { Statement: statements }, Roles, ...properties } };
}

const inline = (statement: Record<string, unknown>) => roleOf({ WebRole: makeRole([statement]) });

describe('a role', () => {
  it('has the statements of its own policies and of those that name it, in one form', () => {
    const Arn = { 'Fn::GetAtt': ['Table0A0B0C0D', 'Arn'] };
    const role = roleOf({
      WebRole: makeRole([{ ...READ, Sid: 'Own', Resource: Arn }]),
      Attached: policy({ Effect: 'Deny', NotAction: ['logs:*', 'xray:Put?race'], NotResource: [Arn, '*'] }),
      Managed: policy([READ], {}, 'AWS::IAM::ManagedPolicy'),
      Elsewhere: policy([{ ...READ, Action: 'dynamodb:Scan' }], { Roles: ['another'] }),
      OfUsers: policy([{ ...READ, Action: 'dynamodb:Query' }], { Roles: undefined, Users: ['somebody'] }),
    });
    const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/Relay-Table';
    const included = (...patterns: string[]) => ({ patterns, isInverted: false });
    const excluded = (...patterns: string[]) => ({ patterns, isInverted: true });
    expect(role).toEqual({
      name: 'Relay-WebRole',
      statements: [
        { effect: 'Allow', actions: included('dynamodb:GetItem'), resources: included(table) },
        { effect: 'Deny', actions: excluded('logs:*', 'xray:Put?race'), resources: excluded(table, '*') },
        { effect: 'Allow', actions: included('dynamodb:GetItem'), resources: included('*') },
      ],
    });
  });

  it('must be in the template', () => {
    const Role = 'arn:aws:iam::111122223333:role/elsewhere';
    const Properties = { Code: { S3Key: 'Web.zip' }, Handler: 'index.handler', Role };
    const start = () => roleOf({ Imported: { Type: 'AWS::Lambda::Function', Properties } });
    expect(start).toThrow(`Imported: its role ${Role} is not in the template`);
  });

  it.each([
    ['a managed policy of AWS', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/Any'] }, 'aws:policy/Any'],
    ['a boundary', { PermissionsBoundary: 'arn:aws:iam::aws:policy/Any' }, 'PermissionsBoundary'],
  ])('with %s stops the start', (_, properties, named) => {
    const start = () => roleOf({ WebRole: makeRole([READ], properties) });
    expect(start).toThrow('WebRole');
    expect(start).toThrow(named);
  });

  it.each([
    ['another service', { Principal: { Service: 'events.amazonaws.com' } }, 'lambda.amazonaws.com'],
    ['an account', { Principal: { AWS: '*' } }, 'lambda.amazonaws.com'],
    ['nobody to assume it', { Action: 'sts:TagSession' }, 'lambda.amazonaws.com'],
    ['Lambda under a condition', { Condition: { StringEquals: { 'aws:SourceAccount': '1' } } }, 'Condition'],
    ['not Lambda, by a Deny', { Effect: 'Deny' }, 'Deny'],
  ])('that trusts %s stops the start', (_, statement, named) => {
    const trust = {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'lambda.amazonaws.com' },
    };
    const AssumeRolePolicyDocument = { Statement: [{ ...trust, ...statement }] };
    const start = () => roleOf({ WebRole: makeRole([READ], { AssumeRolePolicyDocument }) });
    expect(start).toThrow('WebRole');
    expect(start).toThrow(named);
  });

  it('that no function assumes is left alone', () => {
    const unused = makeRole([READ], { ManagedPolicyArns: ['arn:aws:iam::aws:policy/Any'] });
    expect(roleOf({ Unused: unused })?.name).toBe('Relay-WebRole');
  });
});

describe('a statement', () => {
  it.each([
    ['Condition', { Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } } }],
    ['Principal', { Principal: '*' }],
    ['NotPrincipal', { NotPrincipal: '*' }],
    ['either Action or NotAction', { NotAction: 'dynamodb:Scan' }],
    ['either Resource or NotResource', { NotResource: '*' }],
    ['NotAction', { Action: undefined }],
    ['NotResource', { Resource: undefined }],
    ['Effect', { Effect: 'allow' }],
    ['GetItem is no Action', { Action: 'GetItem' }],
    ['table/x is no Resource', { Resource: 'table/x' }],
    ['an empty list', { Resource: [] }],
    ['the policy variable', { Resource: `arn:aws:s3:::\${aws:username}` }],
  ])('that the twin cannot evaluate stops the start: %s', (named, part) => {
    const statement = { ...READ, ...part };
    expect(() => inline(statement)).toThrow('WebRole.Own');
    expect(() => inline(statement)).toThrow(named);
    expect(() => roleOf({ Attached: policy([statement]) })).toThrow('Attached');
    expect(() => roleOf({ Attached: policy([statement]) })).toThrow(named);
  });
});
