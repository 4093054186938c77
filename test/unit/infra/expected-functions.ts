/** What each function is given: time, memory, environment, and exactly these permissions. */

export const connections = (verb: string, api = 'Events') =>
  `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${api}Api>/live/${verb}/@connections/*`;
const manageOf = (api: string, verbs: readonly string[]) =>
  Object.fromEntries(verbs.map((verb) => [connections(verb, api), ['execute-api:ManageConnections']]));
const manage = (...verbs: string[]) => manageOf('Events', verbs);
const managePeers = (...verbs: string[]) => manageOf('Peers', verbs);
const read = (variable: string) => ({ [`<Secrets${variable}>`]: ['secretsmanager:GetSecretValue'] });
export const table = (...actions: string[]) => ({
  '<Table.Arn>': actions.map((action) => `dynamodb:${action}`).sort(),
});
export const tableEnvironment = {
  RELAY_TABLE: '<Table>',
  RETENTION_HOURS: '{"tenant":24,"user":24,"project":24,"batch":24,"job":24,"arena":24}',
};
export const rates = {
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

export const functions = [
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
