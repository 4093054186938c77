/** The page of client/example against the twin; its picture stays in node_modules/.cache/relay for whoever wants to look. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { Front } from '../support/front.ts';
import { until } from '../support/until.ts';
import { newTenant, progress, publish } from '../support/webhook.ts';
import { type BrowserPage, Chromium } from './chromium.ts';
import { site } from './site.ts';

const PICTURES = 'node_modules/.cache/relay/browser';

let cloud: TwinCloud;
let browser: Chromium;
let front: Front;

beforeAll(async () => {
  browser = await Chromium.start();
  cloud = await startTwinCloud();
  front = await Front.start(cloud.twin.url, await site());
});
afterAll(async () => {
  await browser?.close();
  await front?.close();
  await cloud?.close();
});

const text = (page: BrowserPage, id: string) =>
  page.value<string>(`document.getElementById('${id}').textContent`);

const shows = (page: BrowserPage, id: string, expected: string) =>
  until(`${id} is ${expected}`, async () => (await text(page, id)) === expected || undefined, 20_000);

const jobs = (page: BrowserPage) =>
  page.value<string[]>(
    `[...document.querySelectorAll('#events tr td:nth-child(3)')].map((td) => td.textContent)`,
  );

const press = (page: BrowserPage) => page.value(`document.getElementById('switch').click()`);

async function picture(page: BrowserPage, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await writeFile(join(PICTURES, `${name}.png`), await page.picture(960, 620));
}

test('the example shows what is published, how it stands, and what it missed while it was away', async () => {
  const tenant = newTenant('acme');
  // The relay is of another origin, as it is for a page on a developer's machine.
  const page = await browser.open(`${front.url}/?tenant=${tenant}&relay=${cloud.twin.url}`);
  await shows(page, 'state', 'live');
  expect(await text(page, 'curl')).toContain(`${cloud.twin.url}/webhook/modal`);
  await picture(page, 'empty');

  const post = (...names: string[]) =>
    publish(
      cloud,
      names.map((job_id, n) => progress(tenant, { job_id, progress_percent: 12.5 * (n + 1) })),
    );
  await post('render-1', 'render-2', 'render-3');
  await shows(page, 'count', '3');
  await press(page);
  await shows(page, 'state', 'closed');
  const missed = await post('render-4', '<b>render-5</b>');
  await press(page);
  await shows(page, 'count', '5');
  await shows(page, 'state', 'live');
  expect(await jobs(page)).toEqual(['<b>render-5</b>', 'render-4', 'render-3', 'render-2', 'render-1']);
  expect(await text(page, 'cursor')).toBe(missed.at(-1));
  expect(await text(page, 'trouble')).toBe('none');
  await picture(page, 'events');
  expect(page.errors).toEqual([]);
});
