/** What each function is given: time, memory, environment, and exactly these permissions. */
import { describe, expect, test } from 'vitest';
import { flat, grants, type Resource, resource, resources, type Statement, synthesize } from './support.ts';

const template = synthesize();

const connections = (verb: string, api = 'Events') =>
  `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${api}Api>/live/${verb}/@connections/*`;
const manageOf = (api: string, verbs: readonly string[]) =>
  Object.fromEntries(verbs.map((verb) => [connections(verb, api), ['execute-api:ManageConnections']]));
const manage = (...verbs: string[]) => manageOf('Events', verbs);
const managePeers = (...verbs: string[]) => manageOf('Peers', verbs);
const read = (variable: string) => ({ [`<Secrets${variable}>`]: ['secretsmanager:GetSecretValue'] });
const table = (...actions: string[]) => ({
  '<Table.Arn>': actions.map((action) => `dynamodb:${action}`).sort(),
});
const tableEnvironment = {
  RELAY_TABLE: '<Table>',
  RETENTION_HOURS: '{"tenant":24,"user":24,"project":24,"batch":24,"job":24,"arena":24}',
};
const rates = {
  RATES:
    '{"token":{"perSecond":100,"burst":200},"address":{"live-events":null,"hook-backend":{"perSecond":200,"burst":400},"mesh-jobs":null,"peer-relay":null,"arena":null}}',
};
/** The hook backend's own requests: who calls is one write, and one read where that is refused. */
const api = (name: string, ...actions: string[]) => ({
  name,
  seconds: 15,
  memory: 512,
  grants: table('GetItem', 'UpdateItem', ...actions),
  environment: { ...tableEnvironment, ...rates },
});
const endpointOf = (api: string) => `https://<${api}>.execute-api.<AWS::Region>.<AWS::URLSuffix>/live`;
const endpoint = endpointOf('EventsApi');
const peerEnvironment = {
  ...tableEnvironment,
  CONNECTIONS_ENDPOINT: endpointOf('PeersApi'),
  SESSION_TIMEOUT: '300',
  PEER_LIMITS: '{}',
};

const functions = [
  {
    name: 'IngestLiveEvents',
    seconds: 29,
    memory: 1024,
    grants: {
      ...table('UpdateItem', 'PutItem', 'GetItem', 'Query', 'DeleteItem'),
      ...manage('POST', 'DELETE'),
      ...read('RELAYWEBHOOKTOKEN'),
    },
    environment: {
      ...tableEnvironment,
      CONNECTIONS_ENDPOINT: endpoint,
      ...rates,
      RELAY_WEBHOOK_TOKEN_SECRET: '<SecretsRELAYWEBHOOKTOKEN>',
    },
  },
  {
    name: 'IngestHookBackend',
    seconds: 29,
    memory: 1024,
    grants: {
      ...table('UpdateItem', 'PutItem', 'GetItem', 'Query', 'DeleteItem'),
      ...manage('POST', 'DELETE'),
    },
    environment: { ...tableEnvironment, ...rates, CONNECTIONS_ENDPOINT: endpoint },
  },
  {
    name: 'IngestMeshJobs',
    seconds: 29,
    memory: 1024,
    grants: {
      ...table('UpdateItem', 'PutItem', 'GetItem', 'Query', 'DeleteItem'),
      ...manage('POST', 'DELETE'),
      ...read('MODALWEBHOOKSECRET'),
    },
    environment: {
      ...tableEnvironment,
      CONNECTIONS_ENDPOINT: endpoint,
      ...rates,
      MODAL_WEBHOOK_SECRET_SECRET: '<SecretsMODALWEBHOOKSECRET>',
    },
  },
  {
    name: 'IngestArena',
    seconds: 29,
    memory: 1024,
    grants: {
      ...table('UpdateItem', 'PutItem', 'GetItem', 'Query', 'DeleteItem'),
      ...manage('POST', 'DELETE'),
      ...read('RELAYWEBHOOKTOKEN'),
    },
    environment: {
      ...tableEnvironment,
      CONNECTIONS_ENDPOINT: endpoint,
      ...rates,
      RELAY_WEBHOOK_TOKEN_SECRET: '<SecretsRELAYWEBHOOKTOKEN>',
    },
  },
  {
    name: 'ArenaCommands',
    seconds: 15,
    memory: 512,
    grants: read('ARENATOKEN'),
    environment: { ...tableEnvironment, ...rates, ARENA_TOKEN_SECRET: '<SecretsARENATOKEN>' },
  },
  api('UsersCreate', 'PutItem'),
  api('UsersMe', 'Query'),
  api('TokensIssue', 'PutItem', 'Query', 'DeleteItem'),
  api('TicketsIssue', 'PutItem'),
  {
    ...api('TokensRevoke'),
    grants: { ...table('GetItem', 'UpdateItem', 'PutItem', 'Query', 'DeleteItem'), ...manage('DELETE') },
    environment: { ...tableEnvironment, ...rates, CONNECTIONS_ENDPOINT: endpoint },
  },
  {
    name: 'EventsConnect',
    seconds: 10,
    memory: 512,
    grants: {
      ...table('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
      ...read('ACCEPTCLIENTBEARER'),
      ...read('CLIENTJWTSECRET'),
      '<EventsStartFunction.Arn>': ['lambda:InvokeFunction'],
    },
    environment: {
      ...tableEnvironment,
      ...rates,
      START_FUNCTION: '<EventsStartFunction>',
      ACCEPT_CLIENT_BEARER_SECRET: '<SecretsACCEPTCLIENTBEARER>',
      CLIENT_JWT_SECRET_SECRET: '<SecretsCLIENTJWTSECRET>',
    },
  },
  {
    name: 'EventsStart',
    seconds: 60,
    memory: 512,
    grants: {
      ...table('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'),
      ...manage('POST', 'DELETE', 'GET'),
    },
    environment: { ...tableEnvironment, CONNECTIONS_ENDPOINT: endpoint },
  },
  {
    name: 'EventsMessage',
    seconds: 29,
    memory: 512,
    grants: {
      ...table('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'),
      ...manage('POST', 'DELETE'),
      ...read('CLIENTJWTSECRET'),
    },
    environment: {
      ...tableEnvironment,
      CONNECTIONS_ENDPOINT: endpoint,
      CLIENT_JWT_SECRET_SECRET: '<SecretsCLIENTJWTSECRET>',
    },
  },
  {
    name: 'EventsDisconnect',
    seconds: 10,
    memory: 512,
    grants: table('GetItem', 'DeleteItem', 'UpdateItem'),
    environment: tableEnvironment,
  },
  {
    name: 'EventsSse',
    seconds: 75,
    memory: 256,
    grants: {
      ...table('GetItem', 'Query', 'PutItem', 'UpdateItem'),
      ...read('ACCEPTCLIENTBEARER'),
      ...read('CLIENTJWTSECRET'),
    },
    environment: {
      ...tableEnvironment,
      ...rates,
      SSE_STREAMS: '100',
      ACCEPT_CLIENT_BEARER_SECRET: '<SecretsACCEPTCLIENTBEARER>',
      CLIENT_JWT_SECRET_SECRET: '<SecretsCLIENTJWTSECRET>',
    },
  },
  {
    name: 'PeersConnect',
    seconds: 10,
    memory: 512,
    grants: {
      ...table('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
      // It ends what it finds in the way, and looks whether somebody is there.
      ...managePeers('DELETE', 'GET'),
      ...read('SECRETKEY'),
    },
    environment: {
      ...peerEnvironment,
      ...rates,
      SECRET_KEY_SECRET: '<SecretsSECRETKEY>',
      PEER_TOKENS: '{"requireSession":false,"distinctTokens":false,"algorithms":["HS256"]}',
    },
  },
  {
    name: 'PeersFrame',
    seconds: 29,
    memory: 512,
    grants: {
      ...table('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
      ...managePeers('POST', 'DELETE'),
    },
    environment: peerEnvironment,
  },
  {
    name: 'PeersDisconnect',
    seconds: 15,
    memory: 512,
    grants: {
      ...table('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
      ...managePeers('DELETE'),
    },
    environment: peerEnvironment,
  },
  {
    name: 'PeersMinute',
    seconds: 55,
    memory: 512,
    grants: {
      ...table('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'),
      ...managePeers('GET', 'DELETE'),
    },
    environment: peerEnvironment,
  },
  { name: 'HttpDefault', seconds: 5, memory: 256, grants: {}, environment: {} },
  { name: 'HttpDocs', seconds: 5, memory: 256, grants: {}, environment: {} },
  { name: 'HttpHealth', seconds: 5, memory: 256, grants: {}, environment: {} },
  {
    name: 'Minute',
    seconds: 55,
    memory: 512,
    grants: {
      ...table('Query', 'GetItem', 'PutItem', 'DeleteItem', 'UpdateItem'),
      ...manage('GET', 'POST', 'DELETE'),
    },
    environment: { ...tableEnvironment, CONNECTIONS_ENDPOINT: endpoint },
  },
];

function environment({ Properties }: Resource): Record<string, string> {
  const { Variables } = Properties.Environment as { Variables: Record<string, unknown> };
  return Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, flat(value)]));
}

test('the stack has these functions and no others', () => {
  const names = resources(template).flatMap(([id, { Type }]) =>
    Type === 'AWS::Lambda::Function' ? [id] : [],
  );
  expect(names.map((id) => id.slice(0, -8)).sort()).toEqual(
    functions.map(({ name }) => `${name}Function`).sort(),
  );
});

describe.each(functions)('$name', ({ name, seconds, memory, ...expected }) => {
  const [, fn] = resource(template, `${name}Function`);

  test('runs on Node 24 on ARM within its time and memory', () => {
    expect(fn.Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: seconds,
      MemorySize: memory,
    });
  });

  test('may do exactly this', () => {
    const ownLog = { [`<${name}Logs.Arn>`]: ['logs:CreateLogStream', 'logs:PutLogEvents'] };
    expect(grants(template, name)).toEqual({ ...ownLog, ...expected.grants });
  });

  test('is told exactly this', () => {
    expect(environment(fn)).toEqual({ POWERTOOLS_SERVICE_NAME: 'relay', ...expected.environment });
  });

  test('writes to a log group of its own', () => {
    const [logs] = resource(template, `${name}Logs`);
    expect(fn.Properties.LoggingConfig).toEqual({ LogGroup: { Ref: logs } });
  });
});

test('no role carries a managed policy or an inline one of its own', () => {
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role'))) {
    expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(Properties).not.toHaveProperty('Policies');
  }
});

test('no permission has a wildcard but for the connections of one API, stage and verb', () => {
  const statements = resources(template).flatMap(([, { Type, Properties }]) =>
    Type === 'AWS::IAM::Policy' ? (Properties.PolicyDocument as { Statement: Statement[] }).Statement : [],
  );
  const wild = statements
    .flatMap(({ Action, Resource: targets }) => [...[Action].flat(), ...[targets].flat().map(flat)])
    .filter((text) => text.includes('*'));
  const verbs = ['POST', 'GET', 'DELETE'];
  expect(new Set(wild)).toEqual(
    new Set(['Events', 'Peers'].flatMap((api) => verbs.map((verb) => connections(verb, api)))),
  );
});

describe('with open streams', () => {
  const open = synthesize({ 'relay:openStreams': true });

  test('the connecting function is told so and reads no secret', () => {
    expect(environment(resource(open, 'EventsConnectFunction')[1])).toEqual({
      POWERTOOLS_SERVICE_NAME: 'relay',
      ...tableEnvironment,
      ...rates,
      START_FUNCTION: '<EventsStartFunction>',
      OPEN_STREAMS: '1',
    });
    expect(Object.keys(grants(open, 'EventsConnect')).sort()).toEqual([
      '<EventsConnectLogs.Arn>',
      '<EventsStartFunction.Arn>',
      '<Table.Arn>',
    ]);
  });

  test('the stack has no secret of clients, nor its output', () => {
    open.resourceCountIs('AWS::SecretsManager::Secret', 4);
    for (const output of ['AcceptClientBearerSecret', 'ClientJwtSecret'])
      expect(Object.keys(open.findOutputs('*'))).not.toContain(output);
  });
});

test('the arena is open where its deployer says so, and then there is no token of it', () => {
  const open = synthesize({ 'relay:openArena': true });
  expect(environment(resource(open, 'ArenaCommandsFunction')[1])).toEqual({
    POWERTOOLS_SERVICE_NAME: 'relay',
    ...tableEnvironment,
    ...rates,
    OPEN_ARENA: '1',
  });
  expect(Object.keys(grants(open, 'ArenaCommands'))).toEqual(['<ArenaCommandsLogs.Arn>']);
  expect(Object.keys(open.findOutputs('*'))).not.toContain('ArenaTokenSecret');
});

test('who commands the arena may count its callers where they are held to a rate', () => {
  const held = synthesize({ 'relay:addressRates': { arena: { perSecond: 1, burst: 1 } } });
  expect(grants(held, 'ArenaCommands')).toMatchObject(table('GetItem', 'UpdateItem'));
});

test('the allowed origins are told to those who answer handshakes and what has no route, and to nobody else', () => {
  const open = synthesize({ 'relay:allowedOrigins': 'https://app.example' });
  const told = functions.flatMap(({ name }) => {
    const { ALLOWED_ORIGINS } = environment(resource(open, `${name}Function`)[1]);
    return ALLOWED_ORIGINS === undefined ? [] : [[name, ALLOWED_ORIGINS]];
  });
  expect(told).toEqual([
    ['EventsConnect', '["https://app.example"]'],
    ['PeersConnect', '["https://app.example"]'],
    ['HttpDefault', '["https://app.example"]'],
  ]);
});

test('where the keys of client tokens are published is told to those who let clients in, and to nobody else', () => {
  const url = 'https://id.example/keys';
  const pointed = synthesize({ 'relay:clientJwksUrl': url });
  const told = functions.flatMap(({ name }) => {
    const { CLIENT_JWKS_URL } = environment(resource(pointed, `${name}Function`)[1]);
    return CLIENT_JWKS_URL === undefined ? [] : [[name, CLIENT_JWKS_URL]];
  });
  expect(told).toEqual([
    ['EventsConnect', url],
    ['EventsMessage', url],
    ['EventsSse', url],
  ]);
});

describe('what peers are held to', () => {
  const tokens = { jwksUrl: 'https://id.example/keys', audience: 'relay', distinctTokens: true };
  const limits = { bytes: 1_000_000, seconds: 3_600, framesPerSecond: 50 };
  const set = synthesize({
    'relay:peerTimeoutSeconds': '60',
    'relay:peerTokens': JSON.stringify(tokens),
    'relay:peerLimits': limits,
  });
  const told = (variable: string) =>
    Object.fromEntries(
      functions.flatMap(({ name }) => {
        const value = environment(resource(set, `${name}Function`)[1])[variable];
        return value === undefined ? [] : [[name, JSON.parse(value)]];
      }),
    );
  const ofAll = (value: unknown) => ({
    PeersConnect: value,
    PeersFrame: value,
    PeersDisconnect: value,
    PeersMinute: value,
  });

  test('is told to those who serve them, and to nobody else', () => {
    expect(told('SESSION_TIMEOUT')).toEqual(ofAll(60));
    expect(told('PEER_LIMITS')).toEqual(ofAll(limits));
  });

  test('which tokens are taken is told to the one who lets them in, with the algorithms pinned', () => {
    expect(told('PEER_TOKENS')).toEqual({
      PeersConnect: {
        ...tokens,
        requireSession: false,
        algorithms: ['HS256', 'RS256', 'ES256', 'EdDSA'],
      },
    });
  });
});

test('under an emulator the functions post to its address', () => {
  const emulated = synthesize({ 'relay:connectionsEndpoint': 'http://127.0.0.1:4566/_aws/execute-api/' });
  expect(environment(resource(emulated, 'MinuteFunction')[1])).toMatchObject({
    CONNECTIONS_ENDPOINT: 'http://127.0.0.1:4566/_aws/execute-api/<EventsApi>/live',
  });
  expect(environment(resource(emulated, 'PeersMinuteFunction')[1])).toMatchObject({
    CONNECTIONS_ENDPOINT: 'http://127.0.0.1:4566/_aws/execute-api/<PeersApi>/live',
  });
});

test('the stage of the setting is in the address and in the permissions', () => {
  const staged = synthesize({ 'relay:stage': 'blue2' });
  expect(environment(resource(staged, 'MinuteFunction')[1]).CONNECTIONS_ENDPOINT).toMatch(/\/blue2$/);
  expect(Object.keys(grants(staged, 'Minute'))).toContain(connections('GET').replace('/live/', '/blue2/'));
});
