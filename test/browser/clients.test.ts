/** The browser's own clients and our library lose nothing over forced disconnects (contract rows H5, X2, X5). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import type { Page } from '../support/front.ts';
import { until } from '../support/until.ts';
import { progress, publishOne } from '../support/webhook.ts';
import { Chromium } from './chromium.ts';
import { cut, hungUpByTheRelay, type Interruption, Journey, threeSecondsAway } from './journey.ts';
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

const open = (path: string): Promise<Journey> => Journey.start(cloud, browser, pages, path);

/** Nobody interrupts until the stream has come to its end. */
const windowsEnd: Interruption = async (journey) => {
  const before = journey.front.took.length;
  await until('another stream', () => journey.front.took.length > before || undefined, 75_000);
  return 1;
};

describe.concurrent('the browser’s EventSource', () => {
  interface Seen {
    readonly lastId: string;
    readonly gaveUp: number;
  }

  test('hears each event once and in order, over cuts, an absence and the ends of streams', async () => {
    const journey = await open('/event-source');
    const ids = await journey.through({
      'a cut': cut,
      'another cut': cut,
      'an absence': threeSecondsAway,
      'the end of a window': windowsEnd,
      'a cut at last': cut,
    });
    const seen = await journey.seen<Seen>();
    expect(seen.ids).toEqual(ids);
    expect(seen.lastId).toBe(ids.at(-1));
    expect(seen.gaveUp).toBe(0);
    await journey.end();
  });

  test('that was cut before its first event comes back with the place that the stream began at', async () => {
    const journey = await open('/event-source');
    const absence = journey.front.away(2_000);
    await sleep(500);
    const ids = [];
    for (let n = 0; n < 3; n += 1) ids.push(await publishOne(cloud, progress(journey.tenant, { n })));
    await absence;
    await journey.heard(ids.at(-1) ?? '');
    expect((await journey.seen()).ids).toEqual(ids);
    expect(journey.front.took[1]).toMatch(/^GET \/stream\/sse\?\S+ \S+\.0$/);
    await journey.end();
  });

  test('gives up where it is refused, and misses nothing when its page opens another after the last id', async () => {
    const journey = await open('/event-source');
    const refusal: Interruption = async ({ front, page }) => {
      front.refuses = true;
      const ended = front.cut();
      const gaveUp = () => page.value<boolean>('seen.gaveUp === 1');
      await until('that it gives up', async () => (await gaveUp()) || undefined);
      front.refuses = false;
      await page.value('openAgain()');
      return ended;
    };
    const ids = await journey.through({ 'a refusal': refusal, 'a cut': cut });
    const seen = await journey.seen<Seen>();
    expect(seen.ids).toEqual(ids);
    expect(seen.gaveUp).toBe(1);
    await journey.end();
  });
});

describe.concurrent('the browser’s WebSocket', () => {
  interface Seen {
    readonly closings: readonly [number, string][];
    readonly protocols: readonly string[];
    readonly firsts: readonly Record<string, unknown>[];
  }

  const interruptions = {
    'a cut': cut,
    'a close by the relay': hungUpByTheRelay,
    'an absence': threeSecondsAway,
    'another cut': cut,
    'another close by the relay': hungUpByTheRelay,
  };
  /** Without the repeats, by number: at the seam a live event may overtake one that was missed. */
  const distinct = (ids: readonly string[]): string[] =>
    [...new Set(ids)].toSorted((a, b) => numberOf(a) - numberOf(b));
  const numberOf = (id: string): number => Number(id.split('.').at(-1));
  const CUT = [1006, ''];
  const CLOSED = [1000, 'Connection Closed Normally'];

  test('that comes back with its last id loses nothing', async () => {
    const journey = await open('/web-socket');
    const ids = await journey.through(interruptions);
    const seen = await journey.seen<Seen>();
    expect(distinct(seen.ids)).toEqual(ids);
    expect(seen.closings.filter(([code]) => code === 1000)).toEqual([CLOSED, CLOSED]);
    expect(seen.closings).toContainEqual(CUT);
    expect(new Set(seen.protocols)).toEqual(new Set(['']));
    await journey.end();
  });

  test('with relay.v1 is told first where it stands, and loses nothing', async () => {
    const journey = await open('/web-socket?protocol=relay.v1');
    const ids = await journey.through(interruptions);
    const seen = await journey.seen<Seen>();
    expect(distinct(seen.ids)).toEqual(ids);
    expect(new Set(seen.protocols)).toEqual(new Set(['relay.v1']));
    expect(seen.firsts.map(({ type, recovered }) => [type, recovered])).toEqual([
      ['ready', null],
      ...seen.firsts.slice(1).map(() => ['ready', true]),
    ]);
    expect(seen.firsts).toHaveLength(seen.opened);
    await journey.end();
  });
});

describe.concurrent('our library in the browser', () => {
  interface Seen {
    readonly states: readonly string[];
    readonly gaps: readonly unknown[];
  }

  const blockedWebSocket: Interruption = ({ front }) => {
    front.blocksWebSocket = true;
    return front.cut();
  };
  const allowedWebSocket: Interruption = async ({ front }) => {
    front.blocksWebSocket = false;
    // Its turn comes at the end of a stream, when the pause after its last failure is over: doubled twice, 400 ms.
    await sleep(2_000);
    return front.cut();
  };
  /** What was asked for, without its query. */
  const kinds = ({ front }: Journey): string[] => front.took.map((line) => line.replace(/\?.*/, ''));

  test('hears each event once and in order, and says how it stands', async () => {
    const journey = await open('/library');
    const ids = await journey.through({
      'a cut': cut,
      'a close by the relay': hungUpByTheRelay,
      'an absence': threeSecondsAway,
    });
    const seen = await journey.seen<Seen>();
    expect(seen.ids).toEqual(ids);
    expect(seen.gaps).toEqual([]);
    expect(new Set(seen.states)).toEqual(new Set(['connecting', 'live', 'offline', 'recovering']));
    expect(seen.states.at(-1)).toBe('live');
    await journey.end();
  });

  test('takes to SSE where WebSocket is blocked, over the ends of streams, and comes back to WebSocket', async () => {
    const journey = await open('/library');
    const ids = await journey.through({
      'the block': blockedWebSocket,
      'the end of a window': windowsEnd,
      'a cut': cut,
      'the end of the block': allowedWebSocket,
    });
    const seen = await journey.seen<Seen>();
    expect(seen.ids).toEqual(ids);
    expect(seen.gaps).toEqual([]);
    const kindsInTurn = kinds(journey).filter((kind, at, all) => kind !== all[at - 1]);
    expect(kindsInTurn).toContain('GET /stream/sse');
    expect(kindsInTurn.at(-1)).toBe('WebSocket /stream');
    await journey.end();
  });
});
