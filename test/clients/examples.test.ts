/** The programs of docs/examples, as a reader would run them, and every command of the page. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relayDocument } from '../../shared/openapi/relay-document.ts';
import { Front } from '../support/front.ts';
import { NatsServer } from '../support/nats-server.ts';
import { need } from '../support/python.ts';
import { until } from '../support/until.ts';
import { npmStart, paste, type Started, type Watcher, watch } from './programs.ts';

const run = promisify(execFile);

let server: NatsServer;
let relay: Started;
beforeAll(async () => {
  await need('python3', 'sudo apt-get install -y python3');
  server = await NatsServer.start();
  // The TypeScript examples use the library as it is published.
  await run('npm', ['run', 'bundle', '-w', 'client']);
  relay = await npmStart({
    RELAY_WEBHOOK_TOKEN: 'dev-secret',
    ACCEPT_CLIENT_BEARER: '',
    MODAL_WEBHOOK_SECRET: '',
    NATS_URL: server.url,
    ARENA_TOKEN: '',
  });
});
afterAll(async () => {
  await relay?.stop();
  await server?.close();
});

/** An example, with its settings; its output so far is on the watcher. */
function example(name: string, settings: Record<string, string>, ...args: string[]): Watcher {
  const file = `docs/examples/${name}`;
  const [program = '', ...first] = programOf(file);
  const variables = Object.entries({ RELAY: relay.url, ...settings }).map(
    ([key, value]) => `${key}=${value}`,
  );
  return watch('env', [...variables, program, ...first, ...args]);
}

function programOf(file: string): string[] {
  if (file.endsWith('.py')) return ['python3', file];
  return file.endsWith('.ts') ? [process.execPath, file] : ['sh', file];
}

/** The events that were printed, once this one is among them; beside them a watching program says how its stream stands. */
async function eventsUntil(watcher: Watcher, last: string): Promise<string[]> {
  await watcher.sees(new RegExp(`^${last}.*\n`, 'm'));
  const [all] = await watcher.sees(/^[\s\S]*$/);
  return all.split('\n').filter((line) => !/^(connecting|live|recovering|offline|closed|)$/.test(line));
}

async function newSession(): Promise<string> {
  const answer = await fetch(`${relay.url}/api/user`, { method: 'POST' });
  const { session_token }: { session_token: string } = JSON.parse(await answer.text());
  return session_token;
}

describe('send.sh', () => {
  it('sends one event, however often it is run, and watch.ts prints it once', async () => {
    const settings = { TENANT: 'sh', JOB: 'job-sh' };
    const watcher = example('watch.ts', settings);
    await watcher.sees(/^live$/m);
    const ids = [];
    for (let time = 0; time < 2; time += 1) {
      const [, id] = await example('send.sh', settings).sees(/\{"ok":true,"ids":\["([^"]+)"\]\}/);
      ids.push(id);
    }
    expect(new Set(ids).size).toBe(1);
    await example('send.sh', { TENANT: 'sh', JOB: 'job-last' }).sees(/"ok":true/);
    expect(await eventsUntil(watcher, 'job-last')).toEqual([
      'job-sh: progress 37.5',
      'job-last: progress 37.5',
    ]);
    watcher.stop();
  });

  it('fails with the relay’s words where the token is wrong', async () => {
    const failed = run('sh', ['docs/examples/send.sh'], {
      env: { ...process.env, RELAY: relay.url, RELAY_WEBHOOK_TOKEN: 'wrong' },
    });
    await expect(failed).rejects.toMatchObject({ stdout: expect.stringContaining('X-Relay-Token is wrong') });
  });
});

describe('modal_job.py', () => {
  const reports = (job: string) => [
    `${job}: progress 25`,
    `${job}: progress 50`,
    `${job}: progress 75`,
    `${job}: progress 100`,
    `${job}: job_completed `,
  ];

  it('reports each step once and in order, over refusals and broken connections, and when it is run again', async () => {
    const front = await Front.start(relay.url);
    const watcher = example('watch.ts', { TENANT: 'py' });
    try {
      await watcher.sees(/^live$/m);
      front.refuses = true;
      const job = example('modal_job.py', { RELAY: front.url, TENANT: 'py' }, 'job-py');
      await until('that it was refused', () => front.took.length > 1 || undefined);
      await front.away(500);
      front.refuses = false;
      await job.sees(/^\S{16}\.\d+$/m, 40_000);
      await example('modal_job.py', { TENANT: 'py' }, 'job-py').sees(/^\S{16}\.\d+$/m);
      await example('send.sh', { TENANT: 'py', JOB: 'job-last' }).sees(/"ok":true/);
      const printed = await eventsUntil(watcher, 'job-last');
      expect(printed).toEqual([...reports('job-py'), 'job-last: progress 37.5']);
    } finally {
      watcher.stop();
      await front.close();
    }
  });

  it('fails with the relay’s words where the event is wrong, without asking again', async () => {
    const failed = example('modal_job.py', { TENANT: 'a b' }, 'job-bad');
    const [, words = ''] = await failed.sees(/RuntimeError: the relay refused the event: (.*)/);
    expect(JSON.parse(words)).toMatchObject({ status: 400, errors: [{ field: 'tenant' }] });
  });
});

describe('the hook backend’s examples', () => {
  it('hook.sh gets a token, sends an event with it and takes it back', async () => {
    const session = await newSession();
    const [me] = await example('hook.sh', { SESSION_TOKEN: session }).sees(
      /\{"ok":true,"event_id":"[^"]+"\}\n(.*)\n\{"ok":true\}\n/,
    );
    expect(me).toMatch(/"tokens":\[\{"token_id":"[^"]+","type":"hook"/);
    const { stdout } = await paste(`curl -sS ${relay.url}/api/me -H "Authorization: Bearer ${session}"`);
    expect(JSON.parse(stdout).tokens).toEqual([]);
  });

  it('hook.sh makes a user of its own where it is given none', async () => {
    await example('hook.sh', {}).sees(/\{"ok":true,"event_id":"[^"]+"\}\n(.*)\n\{"ok":true\}\n/);
  });

  it('hook_cli.py tells how a command went and ends as it did, and watch-user.ts prints it', async () => {
    const session = await newSession();
    const { stdout } = await paste(
      `curl -sS -X POST ${relay.url}/api/token -H "Authorization: Bearer ${session}"`,
    );
    const { token }: { token: string } = JSON.parse(stdout);
    const watcher = example('watch-user.ts', { SESSION_TOKEN: session });
    await watcher.sees(/^live$/m);
    const command = ['sh', '-c', 'echo working; exit 3'];
    const env = { ...process.env, RELAY: relay.url, HOOK_TOKEN: token };
    await expect(run('python3', ['docs/examples/hook_cli.py', ...command], { env })).rejects.toMatchObject({
      code: 3,
      stdout: 'working\n',
      stderr: '',
    });
    expect(await eventsUntil(watcher, 'task_failed')).toEqual([
      `task_started ${JSON.stringify({ command })}`,
      `task_failed ${JSON.stringify({ command, exit_code: 3 })}`,
    ]);
    watcher.stop();
  });

  it('hook_cli.py runs the command all the same where the relay refuses its token', async () => {
    const env = { ...process.env, RELAY: relay.url, HOOK_TOKEN: 'hook_wrong' };
    const { stdout, stderr } = await run('python3', ['docs/examples/hook_cli.py', 'echo', 'worked'], { env });
    expect(stdout).toBe('worked\n');
    expect(stderr).toMatch(
      /hook: task_started was not sent: 401 .*\nhook: task_succeeded was not sent: 401 /,
    );
  });
});

describe('mesh_jobs.py', () => {
  it('plays jobs to their end, and says under which id each end is in the log', async () => {
    const player = example('mesh_jobs.py', { PACE: '0', MODAL_WEBHOOK_SECRET: '' }, '2');
    await player.sees(/^mesh-(\w{8})-1: \S{16}\.\d+\nmesh-\1-2: \S{16}\.\d+\n$/m, 30_000);
  });

  it('fails with the relay’s words where the project is none, without asking again', async () => {
    const failed = example('mesh_jobs.py', { PROJECT: '../', MODAL_WEBHOOK_SECRET: '' }, '1');
    const [, words = ''] = await failed.sees(/RuntimeError: the relay refused it: (.*)/);
    expect(JSON.parse(words)).toMatchObject({
      status: 400,
      errors: [{ field: 'events[0].project_id' }, { field: 'events[1].project_id' }],
    });
  });
});

it('every example is run here, with its surface, or in a browser', async () => {
  const files = (await readdir('docs/examples')).filter((name) => !name.endsWith('.md'));
  const here = [
    'hook.sh',
    'hook_cli.py',
    'mesh_jobs.py',
    'modal_job.py',
    'send.sh',
    'watch-user.ts',
    'watch.ts',
  ];
  const engine = ['arena-engine.ts', 'arena-chance.ts', 'arena-game.ts', 'arena-news-desk.ts'];
  const inBrowser = [
    'arena-board.ts',
    'arena-page.ts',
    'arena-values.ts',
    'arena.html',
    'mesh-jobs.html',
    'mesh-page.ts',
  ];
  expect(files.sort()).toEqual([...here, ...engine, ...inBrowser].sort());
});

describe('the commands of the page', () => {
  const commands = Object.entries(relayDocument().paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { 'x-codeSamples': samples, responses }]) =>
      samples.map(({ source }) => ({ key: `${method.toUpperCase()} ${path}`, source, responses })),
    ),
  );
  let settings: Record<string, string>;
  beforeAll(async () => {
    const session = await newSession();
    const { stdout } = await paste(
      `curl -sS -X POST ${relay.url}/api/token -H "Authorization: Bearer ${session}"`,
    );
    settings = {
      RELAY: relay.url,
      RELAY_WEBHOOK_TOKEN: 'dev-secret',
      SESSION_TOKEN: session,
      HOOK_TOKEN: JSON.parse(stdout).token,
      // Nobody looks at it: this relay has no MODAL_WEBHOOK_SECRET.
      SIGNATURE: 'sha256=none',
    };
  });

  it.each(commands)('$key is answered as documented', async ({ key, source, responses }) => {
    // A stream goes on for its minute; its status is there at once.
    const { stdout } = await paste(
      `${source} -sS --max-time 5 -o /dev/null -w '%{http_code}' 2>/dev/null || true`,
      settings,
    );
    // The token that it names is nobody's.
    if (key === 'POST /api/token/revoke') expect(stdout).toBe('404');
    else expect(stdout).toMatch(/^2\d\d$/);
    expect(Object.keys(responses)).toContain(stdout);
  });
});
