/** How requests, messages and minutes reach the functions, and what a deployer is told. */
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { httpRoutes } from '../../../shared/routes.ts';
import { flat, resource, resources, synthesize } from './support.ts';

const template = synthesize();

/** Route key -> function, for the routes of one API. */
function routes(of: Template, apiName: string): Record<string, string> {
  const [apiId] = resource(of, apiName);
  const all = resources(of);
  return Object.fromEntries(
    all.flatMap(([, { Type, Properties }]) => {
      if (Type !== 'AWS::ApiGatewayV2::Route' || flat(Properties.ApiId) !== flat({ Ref: apiId })) return [];
      const integration = all.find(([id]) => JSON.stringify(Properties.Target).includes(id));
      const uri = flat(integration?.[1].Properties.IntegrationUri);
      return [[String(Properties.RouteKey), /<(\w+)Function\.Arn>/.exec(uri)?.[1] ?? uri]];
    }),
  );
}

describe('the HTTP API', () => {
  test('has the routes of the shared table, and one for all the rest', () => {
    expect(routes(template, 'HttpApi')).toEqual({
      'POST /webhook/modal': 'IngestLiveEvents',
      'POST /api/user': 'UsersCreate',
      'GET /api/me': 'UsersMe',
      'POST /api/token': 'TokensIssue',
      'POST /api/token/revoke': 'TokensRevoke',
      'POST /api/ticket': 'TicketsIssue',
      'POST /api/webhook/cli': 'IngestHookBackend',
      'POST /api/webhooks/modal': 'IngestMeshJobs',
      'POST /init_session': 'ArenaCommands',
      'POST /submit_news': 'ArenaCommands',
      'POST /arena/{session_id}/fakenews': 'ArenaCommands',
      'POST /arena/{session_id}/events': 'IngestArena',
      'GET /health': 'HttpHealth',
      'POST /health': 'HttpHealth',
      'GET /openapi.json': 'HttpDocs',
      'GET /docs': 'HttpDocs',
      $default: 'HttpDefault',
    });
    const keys = httpRoutes.map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(routes(template, 'HttpApi')).sort()).toEqual([...keys, '$default'].sort());
  });

  test('logs each access as JSON without the query string', () => {
    const [, stage] = resource(template, 'HttpStage');
    const { Format: format } = stage.Properties.AccessLogSettings as { Format: string };
    expect(JSON.parse(format)).toMatchObject({ requestId: '$context.requestId', path: '$context.path' });
    expect(format).not.toMatch(/query|header|authorizer/i);
  });

  test('deploys itself at the root of its address', () => {
    const [, stage] = resource(template, 'HttpStage');
    expect(stage.Properties).toMatchObject({ StageName: '$default', AutoDeploy: true });
  });
});

describe('pages of other origins', () => {
  const url = (of: Template) => resource(of, 'EventsSseFunctionFunctionUrl')[1].Properties;
  const http = (of: Template) => resource(of, 'HttpApi')[1].Properties;

  test('are nobody’s business without the setting', () => {
    expect(http(template)).not.toHaveProperty('CorsConfiguration');
    expect(url(template)).not.toHaveProperty('Cors');
  });

  test('are spoken for by the gateway and the function URL, without credentials', () => {
    const open = synthesize({ 'relay:allowedOrigins': ['https://app.example', 'http://localhost:3000'] });
    const both = {
      AllowOrigins: ['https://app.example', 'http://localhost:3000'],
      AllowHeaders: [
        'authorization',
        'cache-control',
        'content-type',
        'idempotency-key',
        'last-event-id',
        'webhook-id',
        'x-relay-token',
      ],
      ExposeHeaders: ['retry-after'],
      MaxAge: 3_600,
    };
    expect(http(open).CorsConfiguration).toEqual({ ...both, AllowMethods: ['GET', 'POST'] });
    expect(url(open).Cors).toEqual({ ...both, AllowMethods: ['GET'] });
  });
});

describe.each([
  ['Events', 'EventsMessage'],
  ['Peers', 'PeersFrame'],
])('the WebSocket API %s', (name, onMessage) => {
  test('routes every message to one function, whatever is in it', () => {
    const [, api] = resource(template, `${name}Api`);
    expect(api.Properties).toMatchObject({
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '\\$default',
    });
    expect(routes(template, `${name}Api`)).toEqual({
      $connect: `${name}Connect`,
      $default: onMessage,
      $disconnect: `${name}Disconnect`,
    });
  });

  test('deploys itself to the stage of the setting', () => {
    const [, stage] = resource(synthesize({ 'relay:stage': 'blue2' }), `${name}Stage`);
    expect(stage.Properties).toMatchObject({ StageName: 'blue2', AutoDeploy: true });
  });
});

describe.each([
  ['Minute', 'MinuteScheduleRule', 4],
  ['PeersMinute', 'PeersMinuteScheduleRule', 2],
])('the schedule of %s', (name, ruleName, parts) => {
  const [, rule] = resource(template, ruleName);
  const targets = rule.Properties.Targets as { Arn: unknown; Input: string; RetryPolicy: unknown }[];

  test('sweeps in its parts, once a minute', () => {
    expect(rule.Properties).toMatchObject({ ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' });
    expect(targets.map(({ Arn }) => flat(Arn))).toEqual(Array(parts).fill(`<${name}Function.Arn>`));
    expect(targets.map(({ Input }) => JSON.parse(Input))).toEqual(
      Array.from({ length: parts }, (_, part) => ({ sweep: { part, of: parts } })),
    );
  });

  test('leaves a lost or failed sweep to the next minute', () => {
    for (const { RetryPolicy } of targets) {
      expect(RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 });
    }
    const [id] = resource(template, `${name}Function`);
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: id },
      MaximumEventAgeInSeconds: 60,
      MaximumRetryAttempts: 0,
    });
  });
});

test('the outputs say where the relay is', () => {
  const outputs = Object.entries(template.findOutputs('*') as Record<string, { Value: unknown }>);
  expect(Object.fromEntries(outputs.map(([name, { Value }]) => [name, flat(Value)]))).toEqual({
    HttpUrl: '<HttpApi.ApiEndpoint>',
    EventsUrl: 'wss://<EventsApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>/live',
    SseUrl: '<EventsSseFunctionFunctionUrl.FunctionUrl>',
    HttpApiId: '<HttpApi>',
    PeersUrl: 'wss://<PeersApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>/live',
    EventsApiId: '<EventsApi>',
    PeersApiId: '<PeersApi>',
    EventsStage: 'live',
    TableName: '<Table>',
    RelayWebhookTokenSecret: '<SecretsRELAYWEBHOOKTOKEN>',
    ModalWebhookSecret: '<SecretsMODALWEBHOOKSECRET>',
    PeerTokenSecret: '<SecretsSECRETKEY>',
    ArenaTokenSecret: '<SecretsARENATOKEN>',
    AcceptClientBearerSecret: '<SecretsACCEPTCLIENTBEARER>',
    ClientJwtSecret: '<SecretsCLIENTJWTSECRET>',
  });
});

describe('the function URL that streams', () => {
  const [id] = resource(template, 'EventsSseFunction');
  const FunctionName = { 'Fn::GetAtt': [id, 'Arn'] };

  test('is open as far as AWS is concerned, and streams', () => {
    template.hasResourceProperties('AWS::Lambda::Url', {
      TargetFunctionArn: FunctionName,
      AuthType: 'NONE',
      InvokeMode: 'RESPONSE_STREAM',
    });
  });

  test('has both permissions that a URL takes', () => {
    template.hasResourceProperties('AWS::Lambda::Permission', {
      FunctionName,
      Principal: '*',
      Action: 'lambda:InvokeFunctionUrl',
      FunctionUrlAuthType: 'NONE',
    });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      FunctionName,
      Principal: '*',
      Action: 'lambda:InvokeFunction',
      InvokedViaFunctionUrl: true,
    });
  });

  test('reserves an environment a stream, and ten more that answer whoever comes when all are taken', () => {
    const reserved = (of: Template) =>
      resource(of, 'EventsSseFunction')[1].Properties.ReservedConcurrentExecutions;
    expect(reserved(template)).toBe(110);
    expect(reserved(synthesize({ 'relay:sseStreams': 200 }))).toBe(210);
  });
});
