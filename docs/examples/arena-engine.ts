/**
 * An engine of the arena in small: waits on NATS for `arena.init` and plays a game for each session that is named there, with
 * agents that a few lines of chance stand in for. Games of several sessions run side by side. An init for a session whose game
 * is running is ignored, because whoever posts it again after a lost answer wants one game, not two; once the game is over, the
 * next init begins another. Run one engine at a NATS server: two would both play.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { playGame } from './arena-game.ts';
import { NewsDesk } from './arena-news-desk.ts';

const HELP = `node docs/examples/arena-engine.ts [options]

  --nats-url <url>      the NATS server             (nats://127.0.0.1:4222)
  --rounds <n>          rounds of a game            (5)
  --agents <n>          agents at its beginning     (8)
  --pace <seconds>      between two steps           (0.15)
  --patience <seconds>  how long a round waits for fake news until the engine makes up its own (30)
  --seed <text>         the same seed, session and news: the same game (arena)
`;

const OPTIONS = {
  'nats-url': { type: 'string', default: 'nats://127.0.0.1:4222' },
  rounds: { type: 'string', default: '5' },
  agents: { type: 'string', default: '8' },
  pace: { type: 'string', default: '0.15' },
  patience: { type: 'string', default: '30' },
  seed: { type: 'string', default: 'arena' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function fail(line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
  }
}

/** A number of at least `least`, whole where that is 1; anything else ends the program with one line. */
function readNumber(name: string, text: string, least: 0 | 1): number {
  const value = Number(text);
  if (text !== '' && value >= least && Number.isFinite(value) && (least === 0 || Number.isInteger(value))) {
    return value;
  }
  return fail(`--${name}: must be ${least === 0 ? 'a number' : 'a whole number'} of at least ${least}`);
}

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface Settings {
  readonly seed: string;
  readonly rounds: number;
  readonly agents: number;
  readonly paceMs: number;
  readonly patienceMs: number;
}

/** Performs the game of one session: says what it says, in its pace, and hands it the news that comes. */
async function perform(
  nats: NatsConnection,
  session: string,
  desk: NewsDesk,
  settings: Settings,
): Promise<void> {
  const game = playGame({ session, ...settings });
  let news: string | undefined;
  for (let step = game.next(); !step.done; step = game.next(news)) {
    news = undefined;
    if ('ask' in step.value) {
      news = await desk.next(settings.patienceMs);
      continue;
    }
    const { subject, data, beats } = step.value;
    nats.publish(`arena.${session}.${subject}`, JSON.stringify(data));
    if (beats > 0) await sleep(beats * settings.paceMs);
  }
}

/** The session that an init names; `undefined` where it names none. */
function sessionOf(text: string): string | undefined {
  try {
    const init: unknown = JSON.parse(text);
    const session = typeof init === 'object' && init !== null && 'session_id' in init && init.session_id;
    return typeof session === 'string' && /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$/.test(session)
      ? session
      : undefined;
  } catch {
    // Not JSON: it is told like any other init that names no session.
    return undefined;
  }
}

/** Fake news is a JSON string; other programs may send it bare. */
function newsOf(text: string): string {
  try {
    const news: unknown = JSON.parse(text);
    return typeof news === 'string' ? news : text;
  } catch {
    return text;
  }
}

async function main(): Promise<void> {
  const values = readArguments();
  if (values.help) return report(HELP);
  const settings = {
    seed: values.seed,
    rounds: readNumber('rounds', values.rounds, 1),
    agents: readNumber('agents', values.agents, 1),
    paceMs: readNumber('pace', values.pace, 0) * 1_000,
    patienceMs: readNumber('patience', values.patience, 0) * 1_000,
  };
  const nats = await connect({
    servers: values['nats-url'],
    name: 'arena-engine',
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
  }).catch((error: Error) => fail(`${values['nats-url']}: ${error.message}`));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // What has been said is sent, unless the server is away.
    process.once(signal, () => Promise.race([nats.drain(), sleep(1_000)]).finally(() => process.exit(0)));
  }

  const desks = new Map<string, NewsDesk>();
  nats.subscribe('arena.*.input.fakenews', {
    callback(_error, message) {
      const [, session = ''] = message.subject.split('.');
      const desk = desks.get(session);
      if (desk) desk.take(newsOf(message.string()));
      else report(`${session}: news, but no game`);
    },
  });
  nats.subscribe('arena.init', {
    callback(_error, message) {
      const session = sessionOf(message.string());
      if (session === undefined)
        return report(`an init without a session: ${message.string().slice(0, 200)}`);
      if (desks.has(session)) return report(`${session}: is running already`);
      report(`${session}: a game begins`);
      const desk = new NewsDesk();
      desks.set(session, desk);
      perform(nats, session, desk, settings)
        .then(() => report(`${session}: the game is over`))
        .catch((error: Error) => report(`${session}: the game broke off: ${error.message}`))
        .finally(() => desks.delete(session));
    },
  });
  await nats.flush();
  report(`waiting for arena.init on ${values['nats-url']}`);
}

await main();
