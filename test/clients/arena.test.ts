/**
 * The arena as its source document's commands use it, pasted: curl for the game master, wscat for whoever watches, the sample
 * engine in place of the swarm, all against `npm start` with a NATS server (contract rows A1 to A5). Host, port and the command
 * that starts the relay are ours.
 */
import { readFileSync } from 'node:fs';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';
import { npmStart, paste, type Started, type Watcher, watch } from './programs.ts';

interface Frame {
  readonly subject: string;
  readonly data: unknown;
  readonly id: string;
  readonly seq: number;
}

/** Every subject that an engine of the source document uses, agents as `*`. */
const SUBJECTS = [
  'agent.*.input',
  'agent.*.kill',
  'agent.*.output',
  'agent.*.status',
  'event.clone',
  'event.death',
  'event.end',
  'input.waiting',
  'phase.start',
  'round.start',
];

let server: NatsServer;
let relay: Started;
let nats: NatsConnection;
const programs: Watcher[] = [];
/** What was on NATS, in its order: subject and payload. */
const published: { readonly subject: string; readonly text: string }[] = [];

beforeAll(async () => {
  server = await NatsServer.start();
  relay = await npmStart({ NATS_URL: server.url, ARENA_TOKEN: '', RELAY_WEBHOOK_TOKEN: 'dev-secret' });
  nats = await connect({ servers: server.url });
  nats.subscribe('arena.>', {
    callback: (_error, message) => void published.push({ subject: message.subject, text: message.string() }),
  });
  await nats.flush();
  await until('the relay has NATS', async () => (await health()).nats_connected || undefined);
});
afterAll(async () => {
  for (const program of programs) program.stop();
  await nats?.close();
  await relay?.stop();
  await server?.close();
});

const host = () => new URL(relay.url).host;

async function health(): Promise<{ nats_connected?: boolean }> {
  const { stdout } = await paste(`curl -sS ${relay.url}/health`);
  return JSON.parse(stdout);
}

/** The source document's commands, host and port apart. */
const printed = {
  watch: (session: string) => `
    PATH="$PWD/node_modules/.bin:$PATH"
    exec wscat -c ws://${host()}/ws/arena/${session}`,
  init: (session: string) => `
    curl -sS -X POST http://${host()}/init_session \\
      -H "Content-Type: application/json" \\
      -d '{"session_id": "${session}"}'`,
  feed: (session: string, content: string) => `
    curl -sS -X POST http://${host()}/submit_news \\
      -H "Content-Type: application/json" \\
      -d '{"session_id": "${session}", "content": "${content}"}'`,
};

function started(program: Watcher): Watcher {
  programs.push(program);
  return program;
}

function framesIn(output: string): Frame[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

async function framesOf(terminal: Watcher): Promise<Frame[]> {
  const [output] = await terminal.sees(/^[\s\S]*$/);
  return framesIn(output.slice(0, output.lastIndexOf('\n')));
}

/** A terminal with wscat on a session. Off a terminal it does not say that it is connected: so it is spoken to until it hears. */
async function watching(session: string, command = printed.watch(session)): Promise<Watcher> {
  const terminal = started(watch('bash', ['-euc', command]));
  await until('that wscat hears something', async () => {
    await paste(
      `curl -sS -X POST http://${host()}/arena/${session}/events \\
        -H 'X-Relay-Token: dev-secret' -d '{"subject": "test.sound", "data": null}'`,
    );
    return (await framesOf(terminal)).length > 0 || undefined;
  });
  return terminal;
}

async function engine(...options: string[]): Promise<Watcher> {
  const program = started(
    watch(process.execPath, ['docs/examples/arena-engine.ts', '--nats-url', server.url, ...options]),
  );
  await program.sees(/^waiting for arena\.init on /m);
  return program;
}

const onNats = (session: string) =>
  published.filter(({ subject }) => subject.startsWith(`arena.${session}.`));

describe('curl, as printed', () => {
  it.each(['', '-X POST '])(
    'is told by "curl %shealth" that the relay and NATS are there',
    async (method) => {
      const { stdout } = await paste(`curl -sS -w '\\n%{http_code}' ${method}http://${host()}/health`);
      const [body = '', status] = stdout.split('\n');
      expect([JSON.parse(body), status]).toEqual([
        { status: 'ok', service: 'relay', nats_connected: true },
        '200',
      ]);
    },
  );

  it('inits a session: the engine is told on NATS', async () => {
    const { stdout } = await paste(printed.init('test-init'));
    expect(JSON.parse(stdout)).toEqual({ ok: true, session_id: 'test-init' });
    const init = await until('the init', () =>
      published.find(({ subject, text }) => subject === 'arena.init' && text.includes('test-init')),
    );
    expect(JSON.parse(init.text)).toEqual({ session_id: 'test-init' });
  });

  it('feeds fake news, to a session that nobody has begun, by either route', async () => {
    const { stdout } = await paste(printed.feed('test-feed', '5G towers cause COVID'));
    expect(JSON.parse(stdout)).toEqual({ ok: true, session_id: 'test-feed' });
    const other = await paste(
      `curl -sS -X POST http://${host()}/arena/test-feed/fakenews -d '{"content": "Birds are government drones"}'`,
    );
    expect(JSON.parse(other.stdout)).toEqual({ ok: true, session_id: 'test-feed' });
    const news = await until('both', () =>
      onNats('test-feed').length === 2 ? onNats('test-feed') : undefined,
    );
    expect(news.map(({ subject, text }) => [subject, JSON.parse(text)])).toEqual([
      ['arena.test-feed.input.fakenews', '5G towers cause COVID'],
      ['arena.test-feed.input.fakenews', 'Birds are government drones'],
    ]);
  });

  it('is told what is wrong with a session', async () => {
    const { stdout } = await paste(printed.init('no session'));
    expect(JSON.parse(stdout)).toMatchObject({ status: 400, errors: [{ field: 'session_id' }] });
  });
});

describe('docs/surfaces/arena.md', () => {
  const text = readFileSync('docs/surfaces/arena.md', 'utf8');
  const [, quickStart = ''] = /## A game by hand\n(.*?)\n## /s.exec(text) ?? [];
  const commandsIn = (part: string) =>
    [...part.matchAll(/^```\n(.*?)^```$/gms)].map(([, block = '']) => block.trim());

  /** As it is printed, with what this run has in place of the ports. */
  function here(command: string): string {
    const local = command.replace('http://127.0.0.1:8787', relay.url).replace('127.0.0.1:8787', host());
    return local.replace(/^npx wscat/, 'exec node_modules/.bin/wscat');
  }

  it('leads to a game, with the commands of its quick start', async () => {
    const [serve, start, play, watchIt = '', init = '', feed = '', page, ...more] = commandsIn(quickStart);
    expect([serve, start, play, page, more]).toEqual([
      'nats-server -a 127.0.0.1',
      'NATS_URL=nats://127.0.0.1:4222 npm start',
      'node docs/examples/arena-engine.ts',
      'node docs/examples/arena-page.ts test-001',
      [],
    ]);
    const terminal = await watching('test-001', here(watchIt));
    const swarm = await engine('--pace', '0', '--rounds', '1');
    await paste(here(init));
    await terminal.sees(/"subject":"input\.waiting"/);
    await paste(here(feed));
    await terminal.sees(
      /"subject":"round\.start","data":\{"round":1,"fake_news":"Birds are government drones"/,
    );
    await terminal.sees(/"subject":"event\.end"/);
    swarm.stop();
    await swarm.ended();
  });

  it('has a command for an engine without NATS, whose frame is the one that it shows, and one for the health', async () => {
    const commands = commandsIn(text);
    const terminal = await watching('test-001');
    const post = commands.find((command) => command.includes('/arena/test-001/events')) ?? '';
    const { stdout } = await paste(here(post).replace('curl', 'curl -sS'));
    const [id] = JSON.parse(stdout).ids;
    await terminal.sees(/"subject":"event\.death".*\n/);
    const frame = (await framesOf(terminal)).at(-1);
    expect(frame?.id).toBe(id);
    const shown: Frame = JSON.parse(/^\{"id".*$/m.exec(text)?.[0] ?? '');
    expect(Object.keys(frame ?? {})).toEqual(Object.keys(shown));
    expect(frame).toEqual({ ...shown, id, seq: frame?.seq });
    const look = commands.find((command) => command.endsWith('/health')) ?? '';
    expect(JSON.parse((await paste(here(look).replace('curl', 'curl -sS'))).stdout).nats_connected).toBe(
      true,
    );
  });
});

describe('the full stack', () => {
  it('plays a game in front of wscat: every message of the engine in its order, and none of the news that it was fed', async () => {
    const terminal = await watching('test-001');
    const before = onNats('test-001').length;
    // An init is for whoever listens: NATS keeps none for an engine that comes later.
    const swarm = await engine('--pace', '0.002', '--rounds', '3');
    await paste(printed.init('test-001'));
    await terminal.sees(/"subject":"input\.waiting"/);
    await paste(printed.feed('test-001', 'Birds are government drones'));
    for (const round of [2, 3]) {
      await terminal.sees(
        new RegExp(`"subject":"input\\.waiting","data":\\{"round":${round},"waiting":true`),
        30_000,
      );
      await paste(printed.feed('test-001', `News of round ${round}`));
    }
    await terminal.sees(/"subject":"event\.end".*\n/, 30_000);
    await swarm.sees(/^test-001: the game is over$/m);

    const frames = (await framesOf(terminal)).filter(({ subject }) => subject !== 'test.sound');
    const all = onNats('test-001').slice(before);
    const said = all.filter(({ subject }) => !subject.endsWith('.input.fakenews'));
    expect(frames.map(({ subject, data }) => ({ subject: `arena.test-001.${subject}`, data }))).toEqual(
      said.map(({ subject, text }) => ({ subject, data: JSON.parse(text) })),
    );
    expect(said).toHaveLength(all.length - 3);
    const kinds = new Set(frames.map(({ subject }) => subject.replace(/^agent\.[^.]+\./, 'agent.*.')));
    expect([...kinds].sort()).toEqual(SUBJECTS);
    const rounds = frames.filter(({ subject }) => subject === 'round.start').map(({ data }) => data);
    expect(rounds).toMatchObject([
      { round: 1, fake_news: 'Birds are government drones' },
      { round: 2, fake_news: 'News of round 2' },
      { round: 3, fake_news: 'News of round 3' },
    ]);
    const seqs = frames.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
    expect(new Set(frames.map(({ id }) => id)).size).toBe(frames.length);
    swarm.stop();
    await swarm.ended();
  });

  it('plays two sessions side by side, neither of which hears of the other, and an init of a running one changes nothing', async () => {
    const terminals = await Promise.all(['side-1', 'side-2'].map((session) => watching(session)));
    const swarm = await engine('--pace', '0.002', '--rounds', '2', '--patience', '0.5', '--agents', '3');
    await paste(printed.init('side-1'));
    await paste(printed.init('side-2'));
    await paste(printed.init('side-1'));
    await swarm.sees(/^side-1: is running already$/m);
    for (const [index, terminal] of terminals.entries()) {
      await terminal.sees(/"subject":"event\.end".*\n/, 30_000);
      const frames = (await framesOf(terminal)).filter(({ subject }) => subject !== 'test.sound');
      expect(frames.map(({ subject }) => `arena.side-${index + 1}.${subject}`)).toEqual(
        onNats(`side-${index + 1}`).map(({ subject }) => subject),
      );
      expect(frames.filter(({ subject }) => subject === 'event.end')).toHaveLength(1);
    }
    swarm.stop();
    await swarm.ended();
  });
});
