/** Two hundred streams and a thousand sockets of one tenant, side by side: each gets every event, in order. */
import { expect, test } from 'vitest';
import { startTwinCloud } from '../support/cloud.ts';
import { openStream, type SocketClient } from '../support/socket-client.ts';
import { openSse, type SseClient, tenantStream } from '../support/sse-client.ts';
import { newTenant, progress, publishOne } from '../support/webhook.ts';

const STREAMS = 200;
const SOCKETS = 1_000;
const EVENTS = 10;
const AT_ONCE = 25;

/** Opens that many, some at a time; a gateway takes 500 new connections a second. */
async function openAll<T>(count: number, open: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  const lane = async (): Promise<void> => {
    for (let mine = 0; mine < count / AT_ONCE; mine += 1) all.push(await open());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return all;
}

test('200 streams and 1,000 sockets side by side', async () => {
  const cloud = await startTwinCloud({ context: { 'relay:sseStreams': String(STREAMS) } });
  try {
    const tenant = newTenant();
    const sockets = await openAll<SocketClient>(SOCKETS, () => openStream(cloud, tenant));
    const streams = await openAll<SseClient>(STREAMS, async () => {
      const stream = await openSse(cloud, tenantStream(tenant));
      expect(stream.status).toBe(200);
      await stream.standing();
      return stream;
    });
    const ids: string[] = [];
    for (let n = 0; n < EVENTS; n += 1) ids.push(await publishOne(cloud, progress(tenant, { n })));
    for (const client of [...sockets, ...streams]) {
      const frames = await client.frames(EVENTS, 40_000);
      expect(frames.map(({ id }) => id)).toEqual(ids);
    }
    await Promise.all([...sockets, ...streams].map((client) => client.close()));
  } finally {
    await cloud.close();
  }
}, 240_000);
