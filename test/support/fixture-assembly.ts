/**
 * A small synthesized assembly for the tests of the twin: a template in the CDK's manner and the bundles that it refers to,
 * written into a folder of its own. The functions speak plain HTTP to the AWS door, so that no SDK has to be bundled.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FixtureFunction {
  code: string;
  timeout?: number;
  memory?: number;
  variables?: Record<string, unknown>;
  reservedConcurrency?: number;
  /** What its role grants; everything when absent. */
  statements?: Record<string, unknown>[];
}

export interface Fixture {
  functions: Record<string, FixtureFunction>;
  /** HTTP route keys and the functions they lead to. */
  http: Record<string, string>;
  /** The same for the WebSocket API. */
  events: Record<string, string>;
  /** Functions that API Gateway has no permission to invoke. */
  unpermitted?: string[];
  /** `TimeoutInMillis` of the integrations behind these route keys, where AWS's own is too long to wait for. */
  integrationTimeouts?: Record<string, number>;
  resources?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** Added to each bundle: one signed call to the AWS door. */
const DOOR_CALL = `
const { createHash, createHmac } = require('node:crypto');
const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();
async function aws(service, method, url, body = '', headers = {}) {
  const { host, pathname } = new URL(url);
  const date = new Date().toISOString().replace(/[-:]|\\.\\d+/g, '');
  const path = pathname.split('/').map(encodeURIComponent).join('/');
  const amazons = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-'));
  const toSign = [['host', host], ['x-amz-date', date], ...amazons].sort(([a], [b]) => (a < b ? -1 : 1));
  const names = toSign.map(([name]) => name).join(';');
  const signed = toSign.map(([name, value]) => name + ':' + value + '\\n').join('') + '\\n' + names;
  const request = [method, path, '', signed, sha256(body)].join('\\n');
  const rounds = [date.slice(0, 8), 'us-east-1', service, 'aws4_request'];
  const key = rounds.reduce(hmac, 'AWS4' + process.env.AWS_SECRET_ACCESS_KEY);
  const text = ['AWS4-HMAC-SHA256', date, rounds.join('/'), sha256(request)].join('\\n');
  const authorization =
    'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/' + rounds.join('/') +
    ', SignedHeaders=' + names + ', Signature=' + hmac(key, text).toString('hex');
  const payload = method === 'GET' ? undefined : body;
  return fetch(url, { method, body: payload, headers: { authorization, 'x-amz-date': date, ...headers } });
}
const post = (id, text) =>
  aws('execute-api', 'POST', process.env.CONNECTIONS_ENDPOINT + '/@connections/' + encodeURIComponent(id), text);
`;

const hashOf = (name: string) => Buffer.from(name.padEnd(4)).toString('hex').toUpperCase().slice(0, 8);
export const logicalIdOf = (name: string) => `${name}${hashOf(name)}`;
const attributeArn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const arnOf = (name: string) => attributeArn(logicalIdOf(name));
const ref = (logicalId: string) => ({ Ref: logicalId });
const join_ = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });

export const connectionsEndpoint = join_(
  'https://',
  ref('EventsApi'),
  '.execute-api.',
  ref('AWS::Region'),
  '.',
  ref('AWS::URLSuffix'),
  '/live',
);

const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' };

export function makeRole(
  statements: Record<string, unknown>[],
  properties: Record<string, unknown> = {},
  runner = 'lambda.amazonaws.com',
) {
  const Principal = { Service: runner };
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal }] },
      Policies: [{ PolicyName: 'Own', PolicyDocument: { Statement: statements } }],
      ...properties,
    },
  };
}

export interface FixtureService {
  /** A path below the project's root. */
  entry: string;
  variables?: Record<string, unknown>;
  /** What its task role grants; everything when absent. */
  statements?: Record<string, unknown>[];
  /** Over those of the container and of the service. */
  container?: Record<string, unknown>;
  service?: Record<string, unknown>;
}

/** A service on Fargate, its task definition and the role of its tasks. */
export function makeService(name: string, given: FixtureService): Record<string, unknown> {
  const { entry, variables = {}, statements = [EVERYTHING], container, service } = given;
  const Environment = Object.entries(variables).map(([Name, Value]) => ({ Name, Value }));
  return {
    [`${name}TaskRole`]: makeRole(statements, {}, 'ecs-tasks.amazonaws.com'),
    [`${name}Task`]: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: {
        ContainerDefinitions: [
          { Name: 'Main', Image: 'image', DockerLabels: { 'relay.entry': entry }, Environment, ...container },
        ],
        TaskRoleArn: attributeArn(`${name}TaskRole`),
      },
    },
    [name]: {
      Type: 'AWS::ECS::Service',
      Properties: { LaunchType: 'FARGATE', DesiredCount: 2, TaskDefinition: ref(`${name}Task`), ...service },
    },
  };
}

/** A function URL that streams, and the permissions that it needs. */
export function makeFunctionUrl(name: string, permissions = ['InvokeFunctionUrl', 'InvokeFunction']) {
  const resources: Record<string, unknown> = {
    [`${name}Url`]: {
      Type: 'AWS::Lambda::Url',
      Properties: { TargetFunctionArn: arnOf(name), AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' },
    },
  };
  for (const permission of permissions) {
    resources[`${name}UrlMay${permission}`] = {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: arnOf(name),
        Principal: '*',
        Action: `lambda:${permission}`,
        ...(permission === 'InvokeFunction'
          ? { InvokedViaFunctionUrl: true }
          : { FunctionUrlAuthType: 'NONE' }),
      },
    };
  }
  const outputs = { [`${name}Url`]: { Value: { 'Fn::GetAtt': [`${name}Url`, 'FunctionUrl'] } } };
  return { resources, outputs };
}

export function makeTemplate(fixture: Fixture): Record<string, unknown> {
  const resources: Record<string, unknown> = {
    Table0A0B0C0D: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'exp', Enabled: true },
      },
    },
    Token11112222: {
      Type: 'AWS::SecretsManager::Secret',
      Properties: { Tags: [{ Key: 'relay:variable', Value: 'RELAY_WEBHOOK_TOKEN' }] },
    },
    HttpApi: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
    EventsApi: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '\\$default' },
    },
    HttpStage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: ref('HttpApi'), StageName: '$default' },
    },
    EventsStage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: ref('EventsApi'), StageName: 'live' },
    },
  };
  for (const [name, given] of Object.entries(fixture.functions)) {
    const { timeout, memory, variables, statements, reservedConcurrency } = given;
    resources[`${name}Role`] = makeRole(statements ?? [EVERYTHING]);
    resources[logicalIdOf(name)] = {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: 'assets', S3Key: `${name}.zip` },
        Handler: 'index.handler',
        Role: attributeArn(`${name}Role`),
        Timeout: timeout ?? 10,
        MemorySize: memory ?? 256,
        ReservedConcurrentExecutions: reservedConcurrency,
        Environment: { Variables: { CONNECTIONS_ENDPOINT: connectionsEndpoint, ...variables } },
      },
    };
    if (fixture.unpermitted?.includes(name)) continue;
    resources[`${name}Permission`] = {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: arnOf(name),
        Principal: 'apigateway.amazonaws.com',
        Action: 'lambda:InvokeFunction',
      },
    };
  }
  const addRoutes = (api: string, routes: Record<string, string>) => {
    for (const [index, [key, name]] of Object.entries(routes).entries()) {
      resources[`${api}Integration${index}`] = {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: {
          ApiId: ref(api),
          IntegrationType: 'AWS_PROXY',
          IntegrationUri:
            api === 'HttpApi'
              ? arnOf(name)
              : join_(
                  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/',
                  arnOf(name),
                  '/invocations',
                ),
          ...(api === 'HttpApi' && { PayloadFormatVersion: '2.0' }),
          TimeoutInMillis: fixture.integrationTimeouts?.[key],
        },
      };
      resources[`${api}Route${index}`] = {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: {
          ApiId: ref(api),
          RouteKey: key,
          Target: join_('integrations/', ref(`${api}Integration${index}`)),
        },
      };
    }
  };
  addRoutes('HttpApi', fixture.http);
  addRoutes('EventsApi', fixture.events);
  return {
    Resources: { ...resources, ...fixture.resources },
    Outputs: {
      HttpApiId: { Value: ref('HttpApi') },
      EventsApiId: { Value: ref('EventsApi') },
      ...fixture.outputs,
    },
  };
}

export async function writeAssembly(fixture: Fixture): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-assembly-'));
  const files: Record<string, unknown> = {};
  for (const [name, { code }] of Object.entries(fixture.functions)) {
    await mkdir(join(folder, `asset.${name}`));
    await writeFile(join(folder, `asset.${name}`, 'index.js'), `${DOOR_CALL}\n${code}\n`);
    const destinations = { here: { bucketName: 'assets', objectKey: `${name}.zip` } };
    files[name] = { source: { path: `asset.${name}`, packaging: 'zip' }, destinations };
  }
  const write = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
  await write('Relay.assets.json', { files });
  await write('Relay.template.json', makeTemplate(fixture));
  const properties = { templateFile: 'Relay.template.json' };
  await write('manifest.json', { artifacts: { Relay: { type: 'aws:cloudformation:stack', properties } } });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
