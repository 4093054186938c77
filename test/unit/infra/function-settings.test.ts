/** What the settings of a deployment change in what functions are told and may do. */
import { describe, expect, test } from 'vitest';
import { connections, functions, rates, table, tableEnvironment } from './expected-functions.ts';
import { environment, grants, resource, synthesize } from './support.ts';

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
