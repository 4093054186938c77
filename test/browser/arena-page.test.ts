/** The page of the arena as a reader would start it, while the sample engine plays over NATS; its pictures stay in node_modules/.cache/relay. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Watcher, watch } from '../clients/programs.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { Front } from '../support/front.ts';
import { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';
import { type BrowserPage, Chromium } from './chromium.ts';

const PICTURES = 'node_modules/.cache/relay/browser';
const MARKUP = '<img src="x" onerror="document.title = 1">';
const GAME_MS = 60_000;
const MASTER = 'arena-token-of-this-test';

let server: NatsServer;
let cloud: TwinCloud;
let nats: NatsConnection;
let browser: Chromium;
/** Between the page's stream and the relay, to be cut. */
let front: Front;
const programs: Watcher[] = [];
let page: BrowserPage;
/** How many messages of the session `game` are for those who watch. */
let said = 0;

beforeAll(async () => {
  browser = await Chromium.start();
  server = await NatsServer.start();
  cloud = await startTwinCloud({
    context: { 'relay:natsUrl': server.url },
    environment: { ARENA_TOKEN: MASTER },
  });
  front = await Front.start(cloud.twin.url);
  nats = await connect({ servers: server.url });
  nats.subscribe('arena.game.>', {
    callback(_error, { subject }) {
      if (!subject.endsWith('.input.fakenews')) said += 1;
    },
  });
  await until('the relay has NATS', async () => {
    const answer = await fetch(`${cloud.twin.url}/health`);
    return JSON.parse(await answer.text()).nats_connected || undefined;
  });
  const engine = [
    'docs/examples/arena-engine.ts',
    '--nats-url',
    server.url,
    '--pace',
    '0.005',
    '--rounds',
    '4',
  ];
  programs.push(watch(process.execPath, engine));
  await programs[0]?.sees(/^waiting for arena\.init/m);
  // The token of the game master is the page's server's to show: the page knows none.
  const program = [process.execPath, 'docs/examples/arena-page.ts', 'game'];
  const served = watch('env', [`RELAY=${front.url}`, `ARENA_TOKEN=${MASTER}`, 'PORT=0', ...program]);
  programs.push(served);
  const [url] = await served.sees(/^http:\S+$/m);
  page = await browser.open(url);
});
afterAll(async () => {
  await browser?.close();
  for (const program of programs) program.stop();
  await nats?.close();
  await front?.close();
  await cloud?.close();
  await server?.close();
});

const text = (id: string) => page.value<string>(`document.getElementById('${id}').textContent`);

const shows = (id: string, expected: string, timeoutMs = 20_000) =>
  until(`${id} is ${expected}`, async () => (await text(id)) === expected || undefined, timeoutMs);

/** What the page shows of each agent, in its order. */
const agents = () =>
  page.value<{ agent: string; mark: string; detail: string; words: string; isOut: boolean }[]>(`
    [...document.querySelectorAll('#agents > li')].map((item) => ({
      agent: item.querySelector('h3').textContent,
      mark: item.querySelector('.mark').textContent,
      detail: item.querySelector('.detail').textContent,
      words: item.querySelector('.words').textContent,
      isOut: item.className === 'dead',
    }))`);

const lines = (kind: string) =>
  page.value<string[]>(
    `[...document.querySelectorAll('#log > .${kind} > span')].map((line) => line.textContent)`,
  );

/** Where what is below the stage stands: what comes must not move it. */
const places = () =>
  page.value<number[]>(
    `['stage', 'feed-it', 'agents', 'log'].flatMap((id) => {
      const { top, height } = document.getElementById(id).getBoundingClientRect();
      return [top, height];
    })`,
  );

const feed = (content: string) =>
  page.value(`(() => {
    const form = document.getElementById('feed-it');
    form.elements.content.value = ${JSON.stringify(content)};
    form.requestSubmit();
  })()`);

const waitsFor = (round: number) => shows('waiting', `Round ${round} waits for its news`, GAME_MS);

const watchSession = (session: string) =>
  page.value(`(() => {
    const form = document.getElementById('watch');
    form.elements.session.value = ${JSON.stringify(session)};
    form.requestSubmit();
  })()`);

/** Posts events of a session, as an engine without NATS does. */
async function post(session: string, events: readonly { subject: string; data: unknown }[]): Promise<void> {
  const answer = await fetch(`${cloud.twin.url}/arena/${session}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-relay-token': cloud.webhookToken },
    body: JSON.stringify(events),
  });
  expect(answer.status, await answer.text()).toBe(202);
}

async function picture(name: string, width = 1_280): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await writeFile(join(PICTURES, `${name}.png`), await page.picture(width, 800));
}

test('the page starts a game, feeds it, shows who is out and who is cloned, and has missed nothing when its line was cut', async () => {
  await shows('state', 'live');
  await shows('round', 'No game yet');
  await picture('arena-empty');
  const atFirst = await places();

  await page.value(`document.getElementById('start').click()`);
  await waitsFor(1);
  expect(await text('answer')).toBe('The engine was told to begin game.');
  expect((await agents()).map(({ mark }) => mark)).toEqual(Array.from({ length: 8 }, () => 'ready'));
  expect(await places()).toEqual(atFirst);
  await picture('arena-waiting');

  await feed(MARKUP);
  await shows('news', MARKUP);
  expect(await text('answer')).toBe('The news was sent.');
  await waitsFor(2);
  expect(await lines('round')).toEqual([MARKUP]);
  const [death = '', ...others] = await lines('death');
  expect(others).toEqual([]);
  const [, dead] = /^\w+ \(([a-z]+-\d{3})\) is out: lowest_score$/.exec(death) ?? [];
  expect((await agents()).filter(({ isOut }) => isOut)).toMatchObject([
    { agent: dead, mark: 'out', detail: 'round 1: lowest_score' },
  ]);
  const [clone = ''] = await lines('clone');
  const [, child, parent] = /\((\S+)\) is a clone of (\S+)$/.exec(clone) ?? [];
  expect((await agents()).at(-1)).toMatchObject({ agent: child, mark: 'ready' });
  expect((await agents()).at(-1)?.detail).toContain(`clone of ${parent}`);
  expect(await text('counts')).toBe('8 alive · 1 out');
  expect(await places()).toEqual(atFirst);
  await picture('arena-mid');
  await page.colorScheme('dark');
  await picture('arena-mid-dark');
  await page.colorScheme('light');

  // Away while a whole round is played, whose news comes by another way.
  const before = said;
  const gone = front.away(2_500);
  nats.publish('arena.game.input.fakenews', '"Cats can vote"');
  await gone;
  await until('that the game went on meanwhile', () => said > before + 50 || undefined, GAME_MS);
  await shows('state', 'live', GAME_MS);
  await waitsFor(3);
  expect((await lines('round')).at(-1)).toBe('Cats can vote');

  // Cut while it is played.
  await feed('News of round 3');
  await shows('news', 'News of round 3');
  expect(front.cut()).toBeGreaterThan(0);
  await waitsFor(4);
  await feed('News of round 4');
  await shows('round', 'Game over', GAME_MS);
  await shows('count', String(said));
  expect(await lines('round')).toEqual([MARKUP, 'Cats can vote', 'News of round 3', 'News of round 4']);
  const left = (await agents()).filter(({ isOut }) => !isOut).length;
  expect(await text('phase')).toBe(`${left} survivors`);
  expect((await text('news')).split(', ')).toHaveLength(left);
  const rounds = await page.value<string[]>(
    `[...document.querySelectorAll('#rounds tr')].map((row) => row.cells[1].textContent)`,
  );
  expect(rounds).toEqual([MARKUP, 'Cats can vote', 'News of round 3', 'News of round 4']);
  expect(await lines('gap')).toEqual([]);
  await picture('arena-end');
  await picture('arena-end-narrow', 400);
  await picture('arena-end');
});

test('a page that is loaded again shows the game again', async () => {
  const shown = await agents();
  const before = page.requests.length;
  await page.value('location.reload()');
  await until('that it loads again', () => page.requests.length > before + 1 || undefined);
  await shows('round', 'Game over', GAME_MS);
  await shows('count', String(said));
  expect(await agents()).toEqual(shown);
});

test('a line that is closed on purpose goes on where it was', async () => {
  await page.value(`document.getElementById('line').click()`);
  await shows('state', 'closed');
  await post('game', [{ subject: 'engine.note', data: 'meanwhile' }]);
  await page.value(`document.getElementById('line').click()`);
  await shows('count', String(said + 1));
  expect(await lines('other')).toEqual(['engine.note meanwhile']);
});

test('another session is watched when it is asked for, and what engines and agents say is only ever text', async () => {
  await watchSession('hostile');
  await shows('round', 'No game yet');
  await shows('state', 'live');
  expect(await page.value('location.search')).toContain('session=hostile');
  await post('hostile', [
    { subject: 'round.start', data: { round: 1, fake_news: MARKUP, context: MARKUP } },
    { subject: 'phase.start', data: { round: 1, phase: MARKUP } },
    { subject: 'agent.a-1.status', data: { state: MARKUP, detail: MARKUP } },
    { subject: 'agent.a-1.output', data: { data: MARKUP } },
    { subject: 'agent.__proto__.output', data: { data: { deep: [MARKUP] } } },
    { subject: 'event.clone', data: { parent_id: 'a-1', child_id: MARKUP, child_name: MARKUP, round: 1 } },
    { subject: 'event.death', data: { agent_id: 'a-1', agent_name: MARKUP, round: 1, cause: MARKUP } },
    { subject: 'event.death', data: null },
    { subject: 'agent.a-2.status', data: 7 },
    { subject: 'input.waiting', data: { round: 2, waiting: true } },
  ]);
  await waitsFor(2);
  expect((await agents()).map(({ agent }) => agent)).toEqual(['a-1', '__proto__', MARKUP, 'a-2']);
  expect((await agents())[0]).toMatchObject({ mark: 'out', detail: `round 1: ${MARKUP}`, words: MARKUP });
  await post('hostile', [
    {
      subject: 'event.end',
      data: { survivors: [{ name: MARKUP }, MARKUP], history: [{ round: MARKUP }, 7] },
    },
  ]);
  await shows('round', 'Game over');
  expect(await text('news')).toBe(`${MARKUP}, ${MARKUP}`);
  expect(await page.value('document.images.length')).toBe(0);
  expect(await page.value('document.title')).toBe('Relay: arena');
});

test('three hundred agents and ten thousand events leave a page that is bounded', async () => {
  await watchSession('many');
  await shows('round', 'No game yet');
  await shows('state', 'live');
  for (let list = 0; list < 10; list += 1) {
    const events = Array.from({ length: 1_000 }, (_, n) =>
      n % 2 === 0
        ? { subject: `agent.agent-${n % 300}.output`, data: { data: `word ${list * 1_000 + n}` } }
        : { subject: `agent.agent-${n % 300}.status`, data: { state: 'thinking', detail: `step ${n}` } },
    );
    await post('many', events);
    await post('many', [{ subject: 'engine.note', data: Array.from({ length: 50 }, () => list) }]);
  }
  for (let round = 1; round <= 250; round += 50) {
    await post(
      'many',
      Array.from({ length: 50 }, (_, n) => ({ subject: 'round.start', data: { round: round + n } })),
    );
  }
  await shows('count', String(10 * 1_001 + 250), GAME_MS);
  expect(await agents()).toHaveLength(300);
  expect(await page.value('document.getElementById("log").children.length')).toBe(200);
  expect(await text('log-note')).toBe('the latest 200');
  expect(await text('round')).toBe('Round 250');
  await picture('arena-many');
});

test('the plain address of the WebSocket API serves as well, with the path as a query parameter', async () => {
  const { outputs, url } = cloud.twin;
  const events = `${url.replace(/^http/, 'ws')}/_aws/execute-api/${outputs.EventsApiId}/live`;
  const query = new URLSearchParams({ relay: cloud.twin.url, session: 'plain', events });
  await page.go(`${await page.value('location.origin')}/?${query}`);
  await shows('state', 'live');
  await post('plain', [{ subject: 'round.start', data: { round: 7, fake_news: 'Plainly' } }]);
  await shows('news', 'Plainly');
});

test('a client token that no handshake can carry is told, and the page goes on with another', async () => {
  const withToken = (token: string) =>
    page.value(`document.getElementById('watch').elements.token.value = ${JSON.stringify(token)}`);
  await withToken('not a token');
  await watchSession('guarded');
  await shows('state', 'closed');
  expect(await text('trouble')).toMatch(/^token: has characters/);
  await withToken('');
  await page.value(`document.getElementById('line').click()`);
  await shows('state', 'live');
});

test('the game master’s token is shown for what the page posts, and for nothing else', async () => {
  const origin = await page.value<string>('location.origin');
  const post = async (url: string, type: string) => {
    const body = JSON.stringify({ session_id: 'from-elsewhere' });
    return (await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })).status;
  };
  expect(await post(`${cloud.twin.url}/init_session`, 'application/json')).toBe(401);
  expect(await post(`${origin}/init_session`, 'application/json')).toBe(202);
  // What a page of elsewhere may send unasked, and by another name for this machine.
  expect(await post(`${origin}/init_session`, 'text/plain')).toBe(404);
  expect(await post(`${origin.replace('127.0.0.1', 'localhost')}/init_session`, 'application/json')).toBe(
    404,
  );
  expect(await post(`${origin}/arena/a/events`, 'application/json')).toBe(404);
});

test('the page says why the relay did not take what it posted', async () => {
  await watchSession('no-nats');
  await server.stop();
  await page.value(`document.getElementById('start').click()`);
  await until('what became of it', async () => /^503 .*NATS/.test(await text('answer')) || undefined);
  expect(await page.value(`document.getElementById('answer').className`)).toContain('wrong');
});

test('the page threw nothing and loaded nothing from elsewhere', async () => {
  expect(page.errors).toEqual([]);
  const asked = page.requests.filter((url) => !url.startsWith('data:')).map((url) => new URL(url));
  expect(new Set(asked.map(({ pathname }) => pathname))).toEqual(
    new Set(['/', '/arena.js', '/init_session', '/submit_news']),
  );
  expect(new Set(asked.map(({ host }) => host)).size).toBe(1);
});
