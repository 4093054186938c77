/** The page of the documentation in a browser; its pictures stay in node_modules/.cache/relay for whoever wants to look. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { type BrowserPage, Chromium } from './chromium.ts';

const PICTURES = 'node_modules/.cache/relay/browser';

let cloud: TwinCloud;
let browser: Chromium;
let page: BrowserPage;

beforeAll(async () => {
  browser = await Chromium.start();
  cloud = await startTwinCloud();
  page = await browser.open(`${cloud.twin.url}/docs`);
});
afterAll(async () => {
  await browser?.close();
  await cloud?.close();
});

async function picture(name: string, width: number, height: number): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await writeFile(join(PICTURES, `${name}.png`), await page.picture(width, height));
}

test('the page loads itself and nothing else, and nothing in it is refused', async () => {
  expect(page.requests.filter((url) => !url.startsWith('data:'))).toEqual([`${cloud.twin.url}/docs`]);
  expect(page.console).toEqual([]);
  expect(page.errors).toEqual([]);
  // The policy let its style through.
  const ground = await page.value<string>(`getComputedStyle(document.querySelector('nav')).backgroundColor`);
  expect(ground).not.toBe('rgba(0, 0, 0, 0)');
});

test('a script that gets into the page is not run', async () => {
  await page.value(
    `document.body.append(Object.assign(document.createElement('script'), { text: 'ran = 1' }))`,
  );
  expect(await page.value(`typeof ran`)).toBe('undefined');
  expect(page.console.join()).toContain('Content Security Policy');
});

test.each([
  ['desk', 1280, 900],
  ['phone', 390, 844],
])('it fits on a %s, in light and in dark', async (name, width, height) => {
  const grounds = [];
  for (const scheme of ['light', 'dark'] as const) {
    await page.colorScheme(scheme);
    await picture(`docs-${name}-${scheme}`, width, height);
    expect(await page.value('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    grounds.push(await page.value<string>('getComputedStyle(document.body).backgroundColor'));
  }
  expect(new Set(grounds).size).toBe(2);
});

test('a link of the contents leads to its route', async () => {
  await page.value(`document.querySelector('nav a[href="#postLiveEvents"]').click()`);
  expect(await page.value('location.hash')).toBe('#postLiveEvents');
  const top = await page.value<number>(
    `document.getElementById('postLiveEvents').getBoundingClientRect().top`,
  );
  expect(Math.abs(top)).toBeLessThan(100);
});
