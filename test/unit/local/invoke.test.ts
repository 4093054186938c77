/** `npm run invoke` with the events of `test/events`, as a developer types it. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../../infra/bundles.ts';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function invoke(...args: string[]): Promise<Ended> {
  const env = {
    ...process.env,
    RELAY_WEBHOOK_TOKEN: '',
    ACCEPT_CLIENT_BEARER: '',
    MODAL_WEBHOOK_SECRET: '',
    SECRET_KEY: '',
    SESSION_TIMEOUT: '',
  };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['local/invoke.ts', ...args], { env }, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error);
    });
  });
}

const eventFile = (name: string): string => `test/events/${name}.json`;

const results: Record<(typeof functionNames)[number], unknown> = {
  'ingest-live-events': {
    statusCode: 202,
    body: expect.stringMatching(/^\{"ok":true,"ids":\["[\w-]{16}\.1"\]\}$/),
  },
  'ingest-mesh-jobs': {
    statusCode: 202,
    body: expect.stringMatching(/^\{"ok":true,"ids":\["[\w-]{16}\.1"\]\}$/),
  },
  'ingest-arena': {
    statusCode: 202,
    body: expect.stringMatching(/^\{"ok":true,"ids":\["[\w-]{16}\.1"\]\}$/),
  },
  // No NATS server is configured.
  'arena-commands': { statusCode: 503 },
  'users-create': {
    statusCode: 200,
    body: expect.stringMatching(
      /^\{"user_id":"u[0-9a-f]{20}","session_token":"session_u[0-9a-f]{20}t[0-9a-f]{16}_[0-9a-f]{64}"\}$/,
    ),
  },
  // The tokens of these events are nobody's: the table of an invocation is empty.
  'ingest-hook-backend': { statusCode: 401 },
  'users-me': { statusCode: 401 },
  'tokens-issue': { statusCode: 401 },
  'tokens-revoke': { statusCode: 401 },
  'tickets-issue': { statusCode: 401 },
  'http-default': { statusCode: 405, headers: expect.objectContaining({ allow: 'POST' }) },
  'http-docs': { statusCode: 200, body: expect.stringMatching(/^\{"openapi":"3\.1\.\d"/) },
  'events-connect': { statusCode: 200 },
  'events-start': null,
  'events-message': { statusCode: 200 },
  'events-disconnect': { statusCode: 200 },
  // A HEAD request: a stream would take its minute. Head and body are one text, eight NUL bytes apart.
  'events-sse': expect.stringMatching(
    /^\{"statusCode":200,"headers":\{"content-type":"text\/event-stream".*\}\0{8}$/,
  ),
  'http-health': { statusCode: 200, body: '{"status":"ok","service":"relay","nats_connected":false}' },
  // Signed with the development default of SECRET_KEY.
  'peers-connect': { statusCode: 200 },
  'peers-frame': { statusCode: 200 },
  'peers-disconnect': { statusCode: 200 },
  'peers-minute': null,
  minute: null,
};

describe('each function', () => {
  it('has its event in a file of its name', async () => {
    const files = (await readdir('test/events')).sort();
    expect(files).toEqual(functionNames.map((name) => `${name}.json`).sort());
  });

  it.each(Object.entries(results))('%s takes its event and prints what it returns', async (name, result) => {
    const { code, stdout, stderr } = await invoke(name, eventFile(name));
    expect(code, stderr).toBe(0);
    const printed: unknown = JSON.parse(stdout);
    if (result === null) expect(printed).toBeNull();
    else if (typeof printed === 'string') expect(printed).toEqual(result);
    else expect(printed).toMatchObject(Object(result));
  });

  it.each(['EventsMessage', 'EventsMessageFunction'])('is found as %s as well', async (name) => {
    expect((await invoke(name, eventFile('events-message'))).code).toBe(0);
  });
});

describe('what does not work', () => {
  let folder: string;
  const file = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'relay-invoke-'));
    await writeFile(file('half.json'), '{"a":\n1,\n');
    await writeFile(file('other.json'), '{}');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is an unknown function, said in one line with the names that there are', async () => {
    const { code, stdout, stderr } = await invoke('ingest', eventFile('minute'));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(`there is no function ingest; there are ${[...functionNames].sort().join(', ')}\n`);
  });

  it.each([
    ['missing.json', /^\S+missing\.json cannot be read \(ENOENT\)\n$/],
    ['half.json', /^\S+half\.json is no JSON: .*\n$/],
  ])('is %s for an event, said in one line', async (name, line) => {
    const { code, stdout, stderr } = await invoke('minute', file(name));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(line);
  });

  it.each([[[]], [['minute']], [['minute', 'a.json', 'b.json']]])('is %j for arguments', async (args) => {
    const { code, stderr } = await invoke(...args);
    expect([code, stderr]).toEqual([1, 'usage: npm run invoke -- <function> <event file>\n']);
  });

  it('is a function that fails: its report goes to standard error', async () => {
    const { code, stdout, stderr } = await invoke('minute', file('other.json'));
    expect([code, stdout]).toEqual([1, '']);
    expect(JSON.parse(stderr)).toMatchObject({
      level: 'ERROR',
      function: 'MinuteFunction',
      errorType: 'TypeError',
    });
  });
});
