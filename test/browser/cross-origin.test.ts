/** What a browser lets pages of other origins do with a relay that lists one of them (contract row H6). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { Front } from '../support/front.ts';
import { type OwnAssembly, ownAssembly } from '../support/own-assembly.ts';
import { until } from '../support/until.ts';
import { newTenant, progress, publishOne } from '../support/webhook.ts';
import { type BrowserPage, Chromium } from './chromium.ts';
import { site } from './site.ts';

interface Seen {
  readonly ids: readonly string[];
  readonly stream: 'connecting' | 'open' | 'blocked';
  readonly socket: 'connecting' | 'open' | 'refused';
}

type Posted = { readonly status: number; readonly body: { readonly ids?: string[] } } | { blocked: string };

/** Another port is another origin. */
let listed: Front;
let other: Front;
let assembly: OwnAssembly;
let cloud: TwinCloud;
let browser: Chromium;

beforeAll(async () => {
  browser = await Chromium.start();
  const pages = await site();
  // They serve their own pages and are asked for nothing else.
  [listed, other] = [
    await Front.start('http://127.0.0.1:0', pages),
    await Front.start('http://127.0.0.1:0', pages),
  ];
  assembly = await ownAssembly({ 'relay:allowedOrigins': listed.url });
  cloud = await startTwinCloud({ assembly: assembly.folder });
});
afterAll(async () => {
  await browser?.close();
  await listed?.close();
  await other?.close();
  await cloud?.close();
  await assembly?.remove();
});

const openPage = (front: Front, tenant: string): Promise<BrowserPage> =>
  browser.open(`${front.url}/other-origin?tenant=${tenant}&relay=${cloud.twin.url}`);

const seen = (page: BrowserPage) => page.value<Seen>('window.seen');

const post = (page: BrowserPage, event: unknown, token = cloud.webhookToken) =>
  page.value<Posted>(`post(${JSON.stringify(event)}, ${JSON.stringify(token)})`);

/** Waits until both of the page's clients have been answered. */
const settled = (page: BrowserPage): Promise<Seen> =>
  until('an answer to both', async () => {
    const now = await seen(page);
    return now.stream === 'connecting' || now.socket === 'connecting' ? undefined : now;
  });

test('a page of a listed origin reads streams, opens sockets and posts, and is told what is wrong', async () => {
  const tenant = newTenant();
  const page = await openPage(listed, tenant);
  expect(await settled(page)).toMatchObject({ stream: 'open', socket: 'open' });
  const posted = await post(page, progress(tenant));
  expect(posted).toMatchObject({ status: 202, body: { ok: true } });
  const ids = 'body' in posted ? posted.body.ids : undefined;
  await until('the event', async () => ((await seen(page)).ids.length > 0 ? true : undefined));
  expect((await seen(page)).ids).toEqual(ids);
  expect(await post(page, progress(tenant), 'wrong')).toMatchObject({ status: 401, body: { status: 401 } });
});

test('a page of another origin reads no stream, opens no socket, and its post is never sent', async () => {
  const tenant = newTenant();
  const page = await openPage(other, tenant);
  expect(await settled(page)).toMatchObject({ stream: 'blocked', socket: 'refused' });
  expect(await post(page, progress(tenant))).toEqual({ blocked: 'TypeError' });
  expect(await publishOne(cloud, progress(tenant))).toMatch(/\.1$/);
  expect((await seen(page)).ids).toEqual([]);
});
