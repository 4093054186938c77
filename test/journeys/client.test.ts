/** Our client library against the relay: once, in order, without a hole, across reconnects (contract rows X2, X5). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseCursor } from '../../client/src/cursor.ts';
import {
  type ConnectOptions,
  connect,
  type EventStream,
  type Gap,
  type RelayEvent,
} from '../../client/src/index.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { needs } from '../support/needs.ts';
import { until } from '../support/until.ts';
import { newTenant, progress, publish } from '../support/webhook.ts';

interface Progress extends RelayEvent {
  readonly n: number;
}

/**
 * A hostile platform may lose a client's word, which it says again after ten seconds; and a start may die behind its `ready`, which the
 * client finds out when it asks after a quiet minute.
 */
const PATIENCE_MS = 100_000;

let cloud: Cloud;
let stream: EventStream<Progress> | undefined;

beforeAll(async () => {
  cloud = await startCloud();
});
afterEach(() => stream?.close());
afterAll(() => cloud?.close());

function open(
  tenant: string,
  options: Partial<ConnectOptions> = {},
): { heard: Progress[]; told: unknown[]; cut(): void } {
  const heard: Progress[] = [];
  const told: unknown[] = [];
  let last: WebSocket | undefined;
  class Cuttable extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      last = this;
    }
  }
  stream = connect<Progress>({
    url: cloud.socketUrl(`/stream?tenant=${tenant}`),
    WebSocket: Cuttable,
    backoffMs: 50,
    ...options,
  });
  stream.on('event', (event) => heard.push(event));
  stream.on('gap', (gap) => told.push(gap));
  return { heard, told, cut: () => last?.close() };
}

const untilLive = () =>
  until('the stream is live', async () => stream?.state === 'live' || undefined, PATIENCE_MS);

/** Events numbered `from` to `from + count - 1`, in one POST. */
function post(tenant: string, from: number, count: number): Promise<string[]> {
  return publish(
    cloud,
    Array.from({ length: count }, (_, index) => progress(tenant, { n: from + index })),
  );
}

needs('subprotocol', () => {
  describe('the client', () => {
    needs('long-invocations', () => {
      test('hears what is published while it is cut off, in several frames', async () => {
        const tenant = newTenant();
        const { heard, told, cut } = open(tenant);
        await untilLive();
        await post(tenant, 0, 3);
        await until('three events', async () => heard.length === 3 || undefined, PATIENCE_MS);
        cut();
        const ids = await post(tenant, 3, 1_000);
        await until('all of them', async () => heard.length >= 1_003 || undefined, PATIENCE_MS);
        expect(heard.map(({ n }) => n)).toEqual(Array.from({ length: 1_003 }, (_, n) => n));
        expect(heard.at(-1)?.id).toBe(ids.at(-1));
        expect(told).toEqual([]);
      });
    });

    test('hears each event once and by its number, while many publish at once and it is cut again and again', async () => {
      const tenant = newTenant();
      const { heard, told, cut } = open(tenant);
      await untilLive();
      for (let round = 0; round < 5; round += 1) {
        const posts = Array.from({ length: 8 }, (_, index) => post(tenant, round * 24 + index * 3, 3));
        await posts[round];
        cut();
        await Promise.all(posts);
      }
      await until('all of them', async () => heard.length >= 120 || undefined, PATIENCE_MS);
      expect(heard.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 120 }, (_, n) => n),
      );
      const numbers = heard.map(({ seq }) => seq);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(told).toEqual([]);
    });

    test('goes on after the cursor that it is given', async () => {
      const tenant = newTenant();
      const ids = await post(tenant, 0, 10);
      const { heard } = open(tenant, { after: ids[6] });
      await until('the last three', async () => heard.length >= 3 || undefined, PATIENCE_MS);
      expect(heard.map(({ n }) => n)).toEqual([7, 8, 9]);
    });

    test('says what it cannot hear any more: the numbering of its cursor is gone', async () => {
      const tenant = newTenant();
      const [id = ''] = await post(tenant, 0, 1);
      const from = `${id.slice(0, 8)}AAAAAAAA.5`;
      const { heard, told } = open(tenant, { after: from });
      await untilLive();
      await post(tenant, 1, 1);
      await until('the next event', async () => heard.length >= 1 || undefined, PATIENCE_MS);
      expect(heard.map(({ n }) => n)).toEqual([1]);
      // The gap ends at the head: at the first event, or at a void behind it (a sender that asked again leaves one).
      expect(told).toEqual([{ from, to: expect.any(String), certain: true }]);
      const [head, first] = [(told[0] as Gap).to, id].map(parseCursor);
      expect(head?.epoch).toBe(first?.epoch);
      expect(head?.seq).toBeGreaterThanOrEqual(first?.seq ?? Number.NaN);
      expect(head?.seq).toBeLessThan(heard[0]?.seq ?? Number.NaN);
    });
  });
});
