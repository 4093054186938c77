/** What a deployer may set, in which forms, and how a slip is told. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from '../../../infra/settings.ts';

test('without any setting the defaults hold, whatever else the context has', () => {
  expect(readSettings({ '@aws-cdk/core:explicitStackTags': true })).toEqual({
    retentionHours: { tenant: 24, user: 24, project: 24, batch: 24, job: 24, arena: 24 },
    openStreams: false,
    sseStreams: 100,
    tokenRate: { perSecond: 100, burst: 200 },
    addressRates: {
      'live-events': null,
      'hook-backend': { perSecond: 200, burst: 400 },
      'mesh-jobs': null,
      'peer-relay': null,
      arena: null,
    },
    openArena: false,
    natsBridge: 'fargate',
    peerTimeoutSeconds: 300,
    peerTokens: { algorithms: ['HS256'], requireSession: false, distinctTokens: false },
    peerLimits: {},
    allowedOrigins: [],
    logRetentionDays: 30,
    stage: 'live',
    removalPolicy: RemovalPolicy.RETAIN,
  });
});

test('strings of the command line mean what JSON values mean', () => {
  const strings = {
    'relay:retentionHours': '48',
    'relay:openStreams': 'true',
    'relay:logRetentionDays': '7',
  };
  const json = { 'relay:retentionHours': 48, 'relay:openStreams': true, 'relay:logRetentionDays': 7 };
  expect(readSettings(strings)).toEqual(readSettings(json));
  expect(readSettings({ 'relay:openStreams': 'false' }).openStreams).toBe(false);
});

test('retention is said once for all kinds of channels, or for each', () => {
  const of = (value: unknown) => readSettings({ 'relay:retentionHours': value }).retentionHours;
  const usual = { tenant: 24, user: 24, project: 24, batch: 24, job: 24, arena: 24 };
  expect(of(48)).toEqual({ tenant: 48, user: 48, project: 48, batch: 48, job: 48, arena: 48 });
  expect(of({ tenant: 72 })).toEqual({ ...usual, tenant: 72 });
  expect(of('{"job": "72"}')).toEqual({ ...usual, job: 72 });
  expect(of({})).toEqual(usual);
});

test('NATS servers are told by one address or several, without credentials', () => {
  const of = (value: unknown) => readSettings({ 'relay:natsUrl': value }).natsUrl;
  expect(of('nats://127.0.0.1:4222')).toBe('nats://127.0.0.1:4222');
  expect(of('tls://a.example, tls://b.example:4443')).toBe('tls://a.example,tls://b.example:4443');
  expect(of('nats://[::1]:4222')).toBe('nats://[::1]:4222');
});

test('rates are objects, or their JSON', () => {
  const slow = { perSecond: 0.5, burst: 3 };
  expect(readSettings({ 'relay:tokenRate': JSON.stringify(slow) }).tokenRate).toEqual(slow);
  expect(
    readSettings({ 'relay:addressRates': JSON.stringify({ 'hook-backend': slow }) }).addressRates,
  ).toEqual({
    'live-events': null,
    'hook-backend': slow,
    'mesh-jobs': null,
    'peer-relay': null,
    arena: null,
  });
});

test('a surface whose address rate is left out keeps its default; null switches its rate off', () => {
  const of = (value: unknown) => readSettings({ 'relay:addressRates': value }).addressRates;
  const [slow, usual] = [{ perSecond: 0.5, burst: 3 }, of({})['hook-backend']];
  expect(usual).toEqual({ perSecond: 200, burst: 400 });
  expect(of({ 'live-events': slow })).toEqual({
    'live-events': slow,
    'hook-backend': usual,
    'mesh-jobs': null,
    'peer-relay': null,
    arena: null,
  });
  expect(of({ 'hook-backend': null })).toEqual({
    'live-events': null,
    'hook-backend': null,
    'mesh-jobs': null,
    'peer-relay': null,
    arena: null,
  });
  expect(of('{"hook-backend":null}')).toEqual(of({ 'hook-backend': null }));
});

test('a rate may be what one item of the table takes, 1,000 a second', () => {
  const most = { perSecond: 1_000, burst: 1_000 };
  expect(readSettings({ 'relay:tokenRate': most }).tokenRate).toEqual(most);
});

describe('sessions of peers', () => {
  const tokens = (value: unknown) => readSettings({ 'relay:peerTokens': value }).peerTokens;

  test('may be quiet for a second, or for just less than the gateway lets any socket', () => {
    const of = (value: unknown) => readSettings({ 'relay:peerTimeoutSeconds': value }).peerTimeoutSeconds;
    expect([of(1), of('599'), of('60')]).toEqual([1, 599, 60]);
  });

  test('take tokens of the shared secret alone, unless keys are published; then of these too', () => {
    const usual = { requireSession: false, distinctTokens: false };
    const jwksUrl = 'https://id.example/keys';
    expect(tokens('{}')).toEqual({ ...usual, algorithms: ['HS256'] });
    expect(tokens({ jwksUrl })).toEqual({
      ...usual,
      jwksUrl,
      algorithms: ['HS256', 'RS256', 'ES256', 'EdDSA'],
    });
    expect(tokens({ jwksUrl, algorithms: ['ES256'] }).algorithms).toEqual(['ES256']);
  });

  test('may want tokens of an issuer, for an audience, of one session, and one for each peer', () => {
    const all = { audience: 'relay', issuer: 'signaling', requireSession: true, distinctTokens: true };
    expect(tokens(JSON.stringify(all))).toEqual({ ...all, algorithms: ['HS256'] });
  });

  test('are limited where the deployer says so, in an object or its JSON', () => {
    const of = (value: unknown) => readSettings({ 'relay:peerLimits': value }).peerLimits;
    expect(of('{"bytes": 1}')).toEqual({ bytes: 1 });
    const most = { bytes: Number.MAX_SAFE_INTEGER, seconds: 7_200, framesPerSecond: 1_000 };
    expect(of(most)).toEqual(most);
    expect(of({ framesPerSecond: 0.5 })).toEqual({ framesPerSecond: 0.5 });
  });
});

test('allowed origins are a list, its JSON text, or its items with commas between them', () => {
  const of = (value: unknown) => readSettings({ 'relay:allowedOrigins': value }).allowedOrigins;
  const two = ['https://app.example', 'http://localhost:3000'];
  expect(of(two)).toEqual(two);
  expect(of(JSON.stringify(two))).toEqual(two);
  expect(of(two.join(', '))).toEqual(two);
  expect([of('*'), of(['*']), of('["*"]')]).toEqual([['*'], ['*'], ['*']]);
  expect([of([]), of(''), of('[]')]).toEqual([[], [], []]);
  expect(of('tauri://localhost,http://[::1]:8080')).toEqual(['tauri://localhost', 'http://[::1]:8080']);
});

test.each([
  'https://id.example/.well-known/jwks.json',
  'http://127.0.0.1:8080/keys',
  'http://localhost/keys',
  'http://[::1]:8080/keys',
])('keys may be published at %s', (url) => {
  expect(readSettings({ 'relay:clientJwksUrl': url }).clientJwksUrl).toBe(url);
});

test('the bridge to NATS is run by the stack, unless the deployer runs it elsewhere', () => {
  expect(readSettings({ 'relay:natsBridge': 'elsewhere' }).natsBridge).toBe('elsewhere');
});

describe('the network of NATS', () => {
  const one = {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-central-1a', 'us-gov-west-1b'],
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-01234567'],
    securityGroupIds: ['sg-0123456789abcdef0'],
  };

  test('is an object of ids, or its JSON', () => {
    expect(readSettings({ 'relay:natsVpc': one }).natsVpc).toEqual(one);
    expect(readSettings({ 'relay:natsVpc': JSON.stringify(one) }).natsVpc).toEqual(one);
  });

  test.each([
    ['no object', null],
    ['an id alone', 'vpc-0123456789abcdef0'],
    ['no VPC', { ...one, vpcId: undefined }],
    ['a subnet in its place', { ...one, vpcId: 'subnet-01234567' }],
    ['no subnet', { ...one, subnetIds: [], availabilityZones: [] }],
    ['a zone too few', { ...one, availabilityZones: ['eu-central-1a'] }],
    ['no security group', { ...one, securityGroupIds: [] }],
    ['more groups than Lambda takes', { ...one, securityGroupIds: Array(6).fill('sg-01234567') }],
    ['a name that nobody reads', { ...one, subnets: [] }],
  ])('is refused with %s', (_, value) => {
    const wrong = () => readSettings({ 'relay:natsVpc': value });
    expect(wrong).toThrow(SettingsError);
    expect(wrong).toThrow(/^relay:natsVpc must be an object of [^\n]+, not [^\n]+$/);
  });
});

test('open streams, and keys of those who may open one, contradict each other', () => {
  const both = { 'relay:openStreams': 'true', 'relay:clientJwksUrl': 'https://id.example/keys' };
  expect(() => readSettings(both)).toThrow(SettingsError);
  expect(() => readSettings(both)).toThrow(/^relay:openStreams must be false where relay:clientJwksUrl /);
});

test('an emulator may be named with or without a closing slash', () => {
  expect(
    readSettings({ 'relay:connectionsEndpoint': 'http://127.0.0.1:4566/_aws/' }).connectionsEndpoint,
  ).toBe('http://127.0.0.1:4566/_aws');
});

describe('a wrong value is refused in one line that names the setting', () => {
  test.each([
    ['relay:retentionHours', 2],
    ['relay:retentionHours', 8761],
    ['relay:tokenRate', 100],
    ['relay:tokenRate', { perSecond: 0, burst: 1 }],
    ['relay:tokenRate', { perSecond: 1, burst: 0 }],
    ['relay:tokenRate', { perSecond: 1, burst: 3601 }],
    ['relay:tokenRate', { perSecond: 1 }],
    ['relay:tokenRate', { perSecond: 1_001, burst: 1_001 }],
    ['relay:tokenRate', null],
    ['relay:addressRates', null],
    ['relay:addressRates', { 'live-events': { perSecond: 1_001, burst: 1_001 } }],
    ['relay:addressRates', { elsewhere: { perSecond: 1, burst: 1 } }],
    ['relay:retentionHours', 3.5],
    ['relay:retentionHours', ''],
    ['relay:retentionHours', '0x10'],
    ['relay:retentionHours', true],
    ['relay:retentionHours', { tenant: 2 }],
    ['relay:retentionHours', { planet: 48 }],
    ['relay:retentionHours', '{"tenant":'],
    ['relay:natsUrl', ''],
    ['relay:natsUrl', 'nats.example:4222'],
    ['relay:natsUrl', 'https://nats.example'],
    ['relay:natsUrl', 'nats://user:password@nats.example'],
    ['relay:natsUrl', 'nats://a.example,'],
    ['relay:natsUrl', 'nats://a.example/path'],
    ['relay:openArena', 'yes'],
    ['relay:openStreams', 'yes'],
    ['relay:openStreams', 1],
    ['relay:sseStreams', 0],
    ['relay:sseStreams', 1001],
    ['relay:sseStreams', ''],
    ['relay:allowedOrigins', 'app.example'],
    ['relay:allowedOrigins', 'https://app.example/'],
    ['relay:allowedOrigins', 'https://app.example/page'],
    ['relay:allowedOrigins', 'https://app.example?a'],
    ['relay:allowedOrigins', 'https://App.example'],
    ['relay:allowedOrigins', 'HTTPS://app.example'],
    ['relay:allowedOrigins', 'https://app.example:443'],
    ['relay:allowedOrigins', 'https://user@app.example'],
    ['relay:allowedOrigins', 'https://*.example'],
    ['relay:allowedOrigins', 'https://*'],
    ['relay:allowedOrigins', 'https://'],
    ['relay:allowedOrigins', 'null'],
    ['relay:allowedOrigins', 'https://a.example,'],
    ['relay:allowedOrigins', ['*', 'https://app.example']],
    ['relay:allowedOrigins', [1]],
    ['relay:allowedOrigins', true],
    ['relay:allowedOrigins', Array.from({ length: 101 }, (_, n) => `https://a${n}.example`)],
    ['relay:clientJwksUrl', 'http://id.example/keys'],
    ['relay:clientJwksUrl', 'http://127.0.0.1.example/keys'],
    ['relay:clientJwksUrl', 'ftp://127.0.0.1/keys'],
    ['relay:clientJwksUrl', 'id.example/keys'],
    ['relay:clientJwksUrl', ''],
    ['relay:natsBridge', 'lambda'],
    ['relay:natsBridge', ''],
    ['relay:peerTimeoutSeconds', 0],
    ['relay:peerTimeoutSeconds', 600],
    ['relay:peerTimeoutSeconds', 1.5],
    ['relay:peerTimeoutSeconds', ''],
    ['relay:peerTimeoutSeconds', null],
    ['relay:peerTokens', null],
    ['relay:peerTokens', 'HS256'],
    ['relay:peerTokens', { jwksUrl: 'http://id.example/keys' }],
    ['relay:peerTokens', { algorithms: [] }],
    ['relay:peerTokens', { algorithms: ['none'] }],
    ['relay:peerTokens', { algorithms: ['HS512'] }],
    ['relay:peerTokens', { jwksUrl: 'https://id.example/keys', algorithms: ['HS256'] }],
    // No key of theirs could be had.
    ['relay:peerTokens', { algorithms: ['RS256'] }],
    ['relay:peerTokens', { algorithms: ['HS256', 'EdDSA'] }],
    ['relay:peerTokens', { audience: '' }],
    ['relay:peerTokens', { issuer: 1 }],
    ['relay:peerTokens', { requireSession: 'true' }],
    ['relay:peerTokens', { distinctTokens: 1 }],
    ['relay:peerTokens', { secret: 's' }],
    ['relay:peerLimits', null],
    ['relay:peerLimits', 1],
    ['relay:peerLimits', { bytes: 0 }],
    ['relay:peerLimits', { bytes: 1.5 }],
    ['relay:peerLimits', { seconds: 0 }],
    ['relay:peerLimits', { seconds: 7_201 }],
    ['relay:peerLimits', { framesPerSecond: 0 }],
    ['relay:peerLimits', { framesPerSecond: 1_001 }],
    ['relay:peerLimits', { frames: 1 }],
    ['relay:logRetentionDays', 31],
    ['relay:logRetentionDays', 9999],
    ['relay:stage', 'Live'],
    ['relay:stage', 'a'.repeat(17)],
    ['relay:stage', ''],
    ['relay:removalPolicy', 'snapshot'],
    ['relay:alarmTopicArn', ''],
    ['relay:alarmTopicArn', 'wake-me'],
    ['relay:alarmTopicArn', 'arn:aws:sqs:eu-central-1:123456789012:wake-me'],
    ['relay:connectionsEndpoint', 'ftp://127.0.0.1'],
    ['relay:connectionsEndpoint', '127.0.0.1:4566'],
    ['relay:connectionsEndpoint', ''],
  ])('%s = %j', (key, value) => {
    const wrong = () => readSettings({ [key]: value });
    expect(wrong).toThrow(SettingsError);
    expect(wrong).toThrow(new RegExp(`^${key} must be [^\n]+, not [^\n]+$`));
  });
});

test('a key that nobody reads is refused', () => {
  expect(() => readSettings({ 'relay:retentionHour': 48 })).toThrow(/^relay:retentionHour is no setting/);
});

test('two slips are told together', () => {
  const two = { 'relay:stage': '-', 'relay:openStreams': 'maybe' };
  expect(() => readSettings(two)).toThrow(/relay:openStreams must be .*; relay:stage must be /);
});
