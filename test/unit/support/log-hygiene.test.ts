/** The guard over all log lines: what it finds, what it lets pass, and that it does not repeat what it found. */
import { describe, expect, it } from 'vitest';
import { LogHygiene, secretsIn } from '../../support/log-hygiene.ts';

const environment = {
  RELAY_WEBHOOK_TOKEN: 'dev-secret',
  SECRET_KEY: 'say "please"',
  MODAL_WEBHOOK_SECRET: 'modal-secret',
  SESSION_TIMEOUT: '300000',
  NATS_CREDENTIALS: '{"user":"engine-room","password":"the-way-in"}',
};

/** What is said about these lines; empty when nothing is. */
function saidOf(...lines: string[]): string {
  const hygiene = new LogHygiene(environment);
  for (const line of lines) hygiene.look(line);
  try {
    hygiene.verify();
    return '';
  } catch (error) {
    return String(error);
  }
}

describe('a line is too much that holds', () => {
  const random = 'x9_Zz-09abcdefghij';
  it.each([
    ['a secret of the environment', '{"token":"dev-secret"}', 'dev-secret', 'a secret'],
    ['a secret as JSON writes it', JSON.stringify({ key: environment.SECRET_KEY }), 'please', 'a secret'],
    ['a hook token', `{"m":"hook_01ABCDEFGH_${random}"}`, random, 'a token'],
    ['a session token', `session_01ABCDEFGH_${random} is gone`, random, 'a token'],
    ['a token’s secret by itself', `{"secret":"${'0af9'.repeat(16)}"}`, '0af9', 'a half of a token'],
    ['a ticket', `"ticket_01ABCDEFGH_${random}"`, random, 'a token'],
    ['a browser’s bearer', '["relay.v1","bearer.abcdefghijklmnop"]', 'abcdefghijklmnop', 'a bearer'],
    ['a header’s bearer', '{"authorization":"Bearer abc123def456ghi"}', 'abc123def456ghi', 'a bearer'],
    ['a JSON web token', '{"t":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"}', 'eyJhbGci', 'a JSON web token'],
    ['a ticket’s query', '{"url":"/api/rt?ticket=abc"}', 'ticket=abc', 'a query string'],
    ['a token’s query', '/relay/s1?x=1&token=abc', 'token=abc', 'a query string'],
    ['a tenant’s query', 'path=/stream&tenant=acme', 'tenant=acme', 'a query string'],
    ['a cursor’s query', '/stream?after=e.1', 'after=e.1', 'a query string'],
    ['a signature of a body', `{"h":"sha256=${'0af9'.repeat(16)}"}`, '0af9', 'a signature'],
    ['what claims to be one', '{"h":"sha256=MOCKED"}', 'MOCKED', 'a signature'],
    ['a part of credentials', '{"cause":"the-way-in is wrong"}', 'the-way-in', 'a secret'],
    ['a signing secret', '{"key":"modal-secret"}', 'modal-secret', 'a secret'],
    ['a project’s query', '/api/webhooks/modal?project_id=7', 'project_id=7', 'a query string'],
    ['a signature', '{"authorization":"AWS4-HMAC-SHA256 Credential=AKID"}', 'AKID', 'a signature'],
  ])('%s', (_title, line, hidden, name) => {
    const said = saidOf('{"message":"published"}', line);
    expect(said).toContain('1 log lines say too much');
    expect(said).toContain(`<${name}>`);
    expect(said).not.toContain(hidden);
  });

  it('two of them, and names both', () => {
    expect(saidOf('dev-secret eyJhbGciOiJIUzI1NiJ9')).toContain('a secret, a JSON web token in: <a secret> ');
  });
});

describe('a line may hold', () => {
  it.each([
    '{"message":"refused by NATS","user":"engine-room"}',
    '{"message":"refused","fields":[{"field":"header Authorization","message":"is missing"}]}',
    '{"fields":[{"field":"query tenant","message":"is given more than once"}]}',
    'The bearer token is wrong.',
    'MODAL_WEBHOOK_SECRET has no value; a signature was not verified',
    `at run (/tmp/cdk.out/asset.${'0af9'.repeat(16)}/index.js:1:2)`,
    'ACCEPT_CLIENT_BEARER has no value; every client is refused',
    '{"token_id":"01ABCDEFGH","user_id":"u1","timeout":300000}',
  ])('%s', (line) => {
    expect(saidOf(line)).toBe('');
  });
});

it('many lines that say too much are counted, and five are shown', () => {
  const said = saidOf(...Array.from({ length: 30 }, (_, n) => `dev-secret ${n}`));
  expect(said).toContain('30 log lines');
  expect(said.split('\n')).toHaveLength(6);
});

it('secrets are the values of variables that name one, each of a list, and none that is too short to tell', () => {
  const list = { RELAY_WEBHOOK_TOKEN: '["new-secret","old-secret"]', ARENA_TOKEN: '', SECRET_KEY: 'short' };
  expect(secretsIn({ ...list, NATS_URL: 'nats://127.0.0.1:4222' })).toEqual([
    list.RELAY_WEBHOOK_TOKEN,
    'new-secret',
    'old-secret',
  ]);
});
