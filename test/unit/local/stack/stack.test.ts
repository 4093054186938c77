/**
 * What the twin reads out of a template, and what it refuses to run because it could only pretend to.
 */

import { describe, expect, it } from 'vitest';
import { readApis } from '../../../../local/stack/apis.ts';
import { isPermitted, readFunctions } from '../../../../local/stack/functions.ts';
import { readSchedules } from '../../../../local/stack/schedules.ts';
import { readSecrets } from '../../../../local/stack/secrets.ts';
import { readTables } from '../../../../local/stack/tables.ts';
import { readTemplate } from '../../../../local/stack/template.ts';
import { logicalIdOf, makeTemplate } from '../../../support/fixture-assembly.ts';

const fixture = {
  functions: { Web: { code: '' } },
  http: { 'GET /web': 'Web' },
  events: { $default: 'Web' },
};
const assets = new Map([['Web.zip', '/asset']]);
const arn = 'arn:aws:lambda:us-east-1:000000000000:function:Relay-Web';

const read = (resources: Record<string, unknown> = {}) =>
  readTemplate(makeTemplate({ ...fixture, resources }), 'Relay').resources;

describe('a stack', () => {
  it('has functions with code, variables and the permissions on them', () => {
    const [web] = readFunctions(read(), assets);
    expect(web).toMatchObject({
      name: 'Web',
      arn,
      codeFolder: '/asset',
      timeoutMs: 10_000,
      memoryMb: 256,
      retries: 2,
    });
    expect(web?.environment.CONNECTIONS_ENDPOINT).toMatch(
      /^https:\/\/\w{10}\.execute-api\.us-east-1\.amazonaws\.com\/live$/,
    );
    expect(web?.permissions).toEqual([
      {
        principal: 'apigateway.amazonaws.com',
        action: 'lambda:InvokeFunction',
        sourceArn: undefined,
        isForUrl: false,
      },
    ]);
  });

  it('retries asynchronous invocations as EventInvokeConfig says', () => {
    const Config = {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: logicalIdOf('Web') },
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
      },
    };
    expect(readFunctions(read({ Config }), assets)[0]).toMatchObject({
      retries: 0,
      maximumEventAgeMs: 60_000,
    });
  });

  it('has APIs whose integrations lead to functions, in both forms of the URI', () => {
    const apis = readApis(read());
    expect(apis).toMatchObject([
      {
        protocol: 'HTTP',
        stages: ['$default'],
        routes: [{ key: 'GET /web', functionArn: arn, timeoutMs: 30_000 }],
      },
      {
        protocol: 'WEBSOCKET',
        stages: ['live'],
        routes: [{ key: '$default', functionArn: arn, timeoutMs: 29_000 }],
      },
    ]);
  });

  it.each([
    ['an authorizer', { AuthorizationType: 'JWT' }, 'JWT'],
    [
      'a route response',
      { RouteResponseSelectionExpression: '$default' },
      'RouteResponseSelectionExpression',
    ],
  ])('is refused with %s on a route', (_, property, named) => {
    const Route = {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'HttpApi' },
        RouteKey: 'GET /x',
        Target: { Ref: 'HttpApiIntegration0' },
        ...property,
      },
    };
    expect(() => readApis(read({ Route }))).toThrow(named);
  });

  it('is refused when messages would choose their route', () => {
    const Api = {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
    };
    expect(() => readApis(read({ Api }))).toThrow('$request.body.action');
  });

  it('has tables without what has no local effect, and none with a stream or a policy', () => {
    expect(readTables(read())[0]?.createRequest).toEqual({
      TableName: 'Relay-Table',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    const Streamed = {
      Type: 'AWS::DynamoDB::Table',
      Properties: { StreamSpecification: { StreamViewType: 'KEYS_ONLY' } },
    };
    expect(() => readTables(read({ Streamed }))).toThrow('StreamSpecification');
    const ResourcePolicy = { PolicyDocument: {} };
    const Guarded = { Type: 'AWS::DynamoDB::Table', Properties: { ResourcePolicy } };
    expect(() => readTables(read({ Guarded }))).toThrow('Guarded: the local twin does not know');
    const Replicas = [{ Region: 'us-east-1', ResourcePolicy }];
    const Global = { Type: 'AWS::DynamoDB::GlobalTable', Properties: { Replicas } };
    expect(() => readTables(read({ Global }))).toThrow('ResourcePolicy');
  });

  it('has schedules at a rate', () => {
    const Targets = [{ Arn: { 'Fn::GetAtt': [logicalIdOf('Web'), 'Arn'] }, Input: '{"part":1}' }];
    const Rule = { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 minute)', Targets } };
    expect(readSchedules(read({ Rule }))).toMatchObject([
      { everyMs: 60_000, targets: [{ functionArn: arn, input: '{"part":1}' }] },
    ]);
    const Cron = { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'cron(0 * * * ? *)' } };
    expect(() => readSchedules(read({ Cron }))).toThrow('cron(0 * * * ? *)');
  });

  it('has secrets that a tag gives a variable', () => {
    expect(readSecrets(read())).toMatchObject([{ name: 'Relay-Token', variable: 'RELAY_WEBHOOK_TOKEN' }]);
    const Untagged = { Type: 'AWS::SecretsManager::Secret' };
    expect(() => readSecrets(read({ Untagged }))).toThrow('Untagged');
  });
});

describe('a resource policy', () => {
  const [web] = readFunctions(read(), assets);
  const spec = (sourceArn: string) => ({
    ...web,
    permissions: [
      { principal: 'apigateway.amazonaws.com', action: 'lambda:InvokeFunction', sourceArn, isForUrl: false },
    ],
  });

  it.each([
    ['api/*/*/webhook/modal', 'api/$default/POST/webhook/modal', true],
    ['api/*$connect', 'api/live/$connect', true],
    ['api/*$connect', 'api/live/$disconnect', false],
    ['api/*/GET/a.b', 'api/$default/GET/axb', false],
    ['other/*', 'api/live/$connect', false],
  ])('with source ARN %s, asked for %s: %s', (pattern, source, expected) => {
    expect(
      isPermitted(spec(pattern) as Parameters<typeof isPermitted>[0], 'apigateway.amazonaws.com', source),
    ).toBe(expected);
  });

  it('is for one principal', () => {
    expect(isPermitted(spec('*') as Parameters<typeof isPermitted>[0], 'events.amazonaws.com', 'x')).toBe(
      false,
    );
  });
});
