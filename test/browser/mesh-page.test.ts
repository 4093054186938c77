/** The page of mesh jobs as a reader would start it, with jobs running; its pictures stay in node_modules/.cache/relay. */
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Watcher, watch } from '../clients/programs.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { Front } from '../support/front.ts';
import { need } from '../support/python.ts';
import { until } from '../support/until.ts';
import { type BrowserPage, Chromium } from './chromium.ts';

const PICTURES = 'node_modules/.cache/relay/browser';
const SECRET = 'a secret of the workers';
const run = promisify(execFile);

let cloud: TwinCloud;
let browser: Chromium;
/** Between the page and the relay, to be cut. */
let front: Front;
let server: Watcher;
let page: BrowserPage;

beforeAll(async () => {
  await need('python3', 'sudo apt-get install -y python3');
  browser = await Chromium.start();
  cloud = await startTwinCloud({ environment: { MODAL_WEBHOOK_SECRET: SECRET } });
  front = await Front.start(cloud.twin.url);
  const program = [process.execPath, 'docs/examples/mesh-page.ts', '7', '9'];
  server = watch('env', [`RELAY=${front.url}`, 'PORT=0', ...program]);
  const [url] = await server.sees(/^http:\S+$/m);
  page = await browser.open(url);
});
afterAll(async () => {
  await browser?.close();
  server?.stop();
  await front?.close();
  await cloud?.close();
});

const text = (id: string) => page.value<string>(`document.getElementById('${id}').textContent`);

const shows = (id: string, expected: string) =>
  until(`${id} is ${expected}`, async () => (await text(id)) === expected || undefined, 20_000);

/** What the page shows of each job, in its order. */
const jobs = () =>
  page.value<{ job: string; status: string; progress: number; outcome: string }[]>(`
    [...document.querySelectorAll('#jobs > li')].map((item) => ({
      job: item.dataset.job,
      status: item.querySelector('.status').textContent,
      progress: item.querySelector('progress').value,
      outcome: item.lastElementChild.textContent,
    }))`);

const lines = () =>
  page.value<string[]>(`[...document.querySelectorAll('#log p')].map((line) => line.textContent)`);

/** Plays a batch with the example that does. */
async function play(settings: Readonly<Record<string, string>>, total: number): Promise<string[]> {
  const env = {
    ...process.env,
    RELAY: cloud.twin.url,
    MODAL_WEBHOOK_SECRET: SECRET,
    PACE: '0.05',
    ...settings,
  };
  const { stdout } = await run('python3', ['docs/examples/mesh_jobs.py', String(total)], { env });
  return [...stdout.matchAll(/^(\S+): \S{16}\.\d+$/gm)].map(([, job = '']) => job);
}

/** Posts signed, as a worker does. */
async function post(body: unknown): Promise<void> {
  const text = JSON.stringify(body);
  const signature = createHmac('sha256', SECRET).update(text).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-modal-signature': `sha256=${signature}` };
  const answer = await fetch(`${cloud.twin.url}/api/webhooks/modal`, { method: 'POST', headers, body: text });
  expect(answer.status).toBe(202);
}

async function picture(name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await writeFile(join(PICTURES, `${name}.png`), await page.picture(1_160, 900));
}

test('the page shows jobs as they run and end, and has missed nothing when its line was cut', async () => {
  await shows('state', 'connected');
  await shows('rooms', 'project_7, batch_9');
  await picture('mesh-empty');

  const first = await play({}, 3);
  expect(first).toHaveLength(3);
  await until('three jobs have ended', async () => {
    const ended = (await jobs()).filter(({ status }) => status === 'completed');
    return ended.length === 3 || undefined;
  });
  expect((await jobs()).map(({ job, progress }) => [job, progress])).toEqual(first.map((job) => [job, 100]));
  expect((await jobs())[0]?.outcome).toContain(`s3://meshes.example/${first[0]}.msh`);
  expect((await jobs())[0]?.outcome).toContain('quality_metrics.sicn_avg0.85');
  await shows('batch-status', 'completed');
  expect(await text('batch-jobs')).toBe('3 of 3 jobs');
  // Of each job six lines, six times its progress and its end; of the batch its start and each end.
  const events = 3 * 13 + 4;
  await shows('count', String(events));

  // Away while a whole batch runs, one of whose jobs fails.
  const gone = front.away(2_500);
  const [second] = await Promise.all([play({}, 4), gone]);
  await shows('state', 'recovered');
  await shows('count', String(events + 4 * 13 + 5));
  const shown = await jobs();
  expect(shown.map(({ job }) => job)).toEqual([...first, ...second]);
  expect(shown.at(-1)).toMatchObject({ status: 'failed', progress: 100 });
  expect(shown.at(-1)?.outcome).toBe('the surface intersects itself near element 4711');
  expect(await lines()).toHaveLength(7 * 6);

  // Cut while jobs run.
  const playing = play({}, 2);
  const before = await page.value<number>(`Number(document.getElementById('count').textContent)`);
  await until('that more has come', async () => Number(await text('count')) > before || undefined);
  expect(front.cut()).toBeGreaterThan(0);
  const third = await playing;
  await shows('count', String(events + 4 * 13 + 5 + 2 * 13 + 3));
  expect((await jobs()).map(({ job }) => job)).toEqual([...first, ...second, ...third]);
  await shows('state', 'recovered');
  await picture('mesh-jobs');
  await page.colorScheme('dark');
  await picture('mesh-jobs-dark');
});

test('another project is watched when it is asked for, and what comes is only ever text', async () => {
  await page.value(`(() => {
    const { elements } = document.getElementById('watch');
    elements.project.value = 'other';
    elements.batch.value = '';
    document.getElementById('watch').requestSubmit();
  })()`);
  await shows('rooms', 'project_other');
  expect(await page.value('location.search')).toContain('project=other&batch=');
  const markup = '<img src="x" onerror="document.title = 1">';
  const about = { project_id: 'other', job_id: 'job-x' };
  await post({ project_id: '7', job_id: 'job-y', event: 'log_line', message: 'of the project before' });
  await post({
    events: [
      { ...about, event: 'log_line', message: markup },
      { ...about, event: 'job_progress', progress: 1e9, status: markup, message: null },
      { ...about, status: 'failed', error: markup },
    ],
  });
  await until('its end', async () => (await jobs()).some(({ status }) => status === 'failed') || undefined);
  expect(await jobs()).toEqual([{ job: 'job-x', status: 'failed', progress: 100, outcome: markup }]);
  expect(await lines()).toEqual([`job-x${markup}`]);
  expect(await page.value('document.images.length')).toBe(0);
});

test('the page threw nothing and loaded nothing from elsewhere', async () => {
  expect(page.errors).toEqual([]);
  const asked = page.requests.filter((url) => !url.startsWith('data:'));
  expect(asked.map((url) => new URL(url).pathname)).toEqual(['/', '/socket.io.min.js']);
  expect(new Set(asked.map((url) => new URL(url).host)).size).toBe(1);
});
