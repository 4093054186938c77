/** Web apps of the hook backend, with the browser's own clients and without a header of theirs (contract rows H4, H5, X2, X5). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import type { Page } from '../support/front.ts';
import { issueToken, postEvent } from '../support/hook-client.ts';
import { until } from '../support/until.ts';
import { Chromium } from './chromium.ts';
import { cut, type Interruption, Journey, threeSecondsAway } from './journey.ts';
import { site } from './site.ts';

let cloud: TwinCloud;
let browser: Chromium;
let pages: Record<string, Page>;

beforeAll(async () => {
  browser = await Chromium.start();
  cloud = await startTwinCloud();
  pages = await site();
});
afterAll(async () => {
  await browser?.close();
  await cloud?.close();
});

/** The page makes its user; a tool of that user posts. */
const open = (path: string): Promise<Journey> =>
  Journey.start(cloud, browser, pages, path, async ({ page }) => {
    const session = await page.value<string>('window.session');
    const { token } = await issueToken(cloud, { userId: '', session });
    return (n) => postEvent(cloud, token, { event_id: `event ${n}`, payload: { n } });
  });

/** Nobody interrupts until the stream has come to its end. */
const windowsEnd: Interruption = async ({ front }) => {
  const before = front.took.length;
  await until('another stream', () => front.took.length > before || undefined, 75_000);
  return 1;
};

describe.concurrent('a web app', () => {
  test('hears each event once and in order by EventSource and one ticket, over cuts, an absence and the end of a stream', async () => {
    const journey = await open('/hook-event-source');
    const ids = await journey.through({
      'a cut': cut,
      'another cut': cut,
      'an absence': threeSecondsAway,
      'the end of a window': windowsEnd,
      'a cut at last': cut,
    });
    const seen = await journey.seen<{ readonly gaveUp: number }>();
    expect(seen.ids).toEqual(ids);
    expect(seen.gaveUp).toBe(0);
    await journey.end();
  });

  test('misses nothing by WebSocket with its session as a subprotocol, over cuts and an absence', async () => {
    const journey = await open('/hook-web-socket');
    const ids = await journey.through({
      'a cut': cut,
      'another cut': cut,
      'an absence': threeSecondsAway,
      'a cut at last': cut,
    });
    const seen = await journey.seen<{
      readonly protocols: readonly string[];
      readonly firsts: readonly Record<string, unknown>[];
    }>();
    expect(new Set(seen.ids)).toEqual(new Set(ids));
    expect(new Set(seen.protocols)).toEqual(new Set(['relay.v1']));
    expect(seen.firsts.map(({ type, recovered }) => [type, recovered])).toEqual([
      ['ready', null],
      ...seen.firsts.slice(1).map(() => ['ready', true]),
    ]);
    await journey.end();
  });
});
