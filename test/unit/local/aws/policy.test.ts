/**
 * IAM's decision over the statements of one role.
 */

import { describe, expect, it } from 'vitest';
import { type Need, Policy } from '../../../../local/aws/policy.ts';
import { readStatements } from '../../../../local/stack/policy-document.ts';

const table = (name: string) => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;
const post = (api: string, verb = 'POST', id = 'abc=') =>
  `arn:aws:execute-api:us-east-1:000000000000:${api}/live/${verb}/@connections/${id}`;

function decide(statements: Record<string, unknown>[], action: string, resource: string) {
  const need: Need = { action, resource };
  return new Policy(readStatements({ Statement: statements }, 'Policy')).decide(need);
}

const allow = (Action: unknown, Resource: unknown = '*') => ({ Effect: 'Allow', Action, Resource });
const deny = (Action: unknown, Resource: unknown = '*') => ({ Effect: 'Deny', Action, Resource });

describe('an action', () => {
  it.each([
    ['dynamodb:GetItem', 'dynamodb:GetItem', 'allow'],
    ['DynamoDB:getitem', 'dynamodb:GetItem', 'allow'],
    ['*', 'dynamodb:GetItem', 'allow'],
    ['dynamodb:*', 'dynamodb:GetItem', 'allow'],
    ['dynamodb:*', 'secretsmanager:GetSecretValue', 'implicit deny'],
    ['dynamodb:*Item', 'dynamodb:GetItem', 'allow'],
    ['dynamodb:*Item', 'dynamodb:BatchGetItems', 'implicit deny'],
    ['dynamodb:?etItem', 'dynamodb:GetItem', 'allow'],
    ['dynamodb:?GetItem', 'dynamodb:GetItem', 'implicit deny'],
    ['dynamodb:Get', 'dynamodb:GetItem', 'implicit deny'],
    [['dynamodb:Query', 'dynamodb:GetItem'], 'dynamodb:GetItem', 'allow'],
  ])('%s covers %s: %s', (pattern, action, decision) => {
    expect(decide([allow(pattern)], action, table('T'))).toBe(decision);
  });
});

describe('a resource', () => {
  it.each([
    [table('T'), table('T'), 'allow'],
    [table('T'), table('t'), 'implicit deny'],
    [table('T'), table('Other'), 'implicit deny'],
    [table('T'), `${table('T')}/index/I`, 'implicit deny'],
    [`${table('T')}/index/*`, `${table('T')}/index/I`, 'allow'],
    [`${table('T')}/index/*`, table('T'), 'implicit deny'],
    [`${table('T')}*`, `${table('T')}/index/I`, 'allow'],
    ['arn:aws:dynamodb:*', table('T'), 'allow'],
    [table('T.1'), table('T_1'), 'implicit deny'],
    [table('T?'), table('T1'), 'allow'],
    [post('api', 'POST', '*'), post('api'), 'allow'],
    [post('api', 'POST', '*'), post('api', 'DELETE'), 'implicit deny'],
    [post('api', 'POST', '*'), post('other'), 'implicit deny'],
    [post('api', '*', '*'), post('api', 'GET'), 'allow'],
  ])('%s covers %s: %s', (pattern, resource, decision) => {
    expect(decide([allow('*', pattern)], 'any:Thing', resource)).toBe(decision);
  });
});

describe('statements together', () => {
  it.each([[[allow('*'), deny('dynamodb:Scan')]], [[deny('dynamodb:Scan'), allow('*')]]])(
    'deny where one denies, in any order',
    (statements) => {
      expect(decide(statements, 'dynamodb:Scan', table('T'))).toBe('explicit deny');
      expect(decide(statements, 'dynamodb:Query', table('T'))).toBe('allow');
    },
  );

  it('deny what no statement speaks of', () => {
    expect(decide([], 'dynamodb:Scan', table('T'))).toBe('implicit deny');
    expect(decide([deny('dynamodb:Scan', table('A'))], 'dynamodb:Scan', table('B'))).toBe('implicit deny');
  });

  it('take the action and the resource of one statement, never of two', () => {
    const statements = [allow('dynamodb:GetItem', table('A')), allow('dynamodb:PutItem', table('B'))];
    expect(decide(statements, 'dynamodb:GetItem', table('B'))).toBe('implicit deny');
  });

  it('may say what they do not speak of', () => {
    const NotAction = { Effect: 'Allow', NotAction: 'dynamodb:*', Resource: '*' };
    expect(decide([NotAction], 'dynamodb:GetItem', table('T'))).toBe('implicit deny');
    expect(decide([NotAction], 'lambda:InvokeFunction', 'arn:aws:lambda:x')).toBe('allow');
    const NotResource = { Effect: 'Deny', Action: '*', NotResource: [table('A'), table('B')] };
    expect(decide([allow('*'), NotResource], 'dynamodb:GetItem', table('B'))).toBe('allow');
    expect(decide([allow('*'), NotResource], 'dynamodb:GetItem', table('C'))).toBe('explicit deny');
  });
});
