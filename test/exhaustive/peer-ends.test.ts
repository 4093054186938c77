/**
 * The function that ends a session dies after each one of its calls. Somebody carries the end out all the same: both peers are closed, the
 * session's line is there, and its id is free (contract rows P5, P6).
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { untilLines } from '../support/peer-lines.ts';
import { greet, type Pair, playPeers } from '../support/peer-pair.ts';
import { until } from '../support/until.ts';

/** The more of them, the fewer calls there are to die after. */
const DEATHS = [1, 2, 3, 4, 5, 6, 7, 8];

/** How many calls a connection's departure has left, until its function dies. */
const left = new Map<string, number>();
let deaths = 0;
let cloud: TwinCloud;

beforeAll(async () => {
  cloud = await startTwinCloud({
    async onAwsCall(call, proceed) {
      if (!call.functionName.startsWith('PeersDisconnect')) return proceed();
      const connection: string = JSON.parse(call.event).requestContext.connectionId;
      const calls = left.get(connection);
      const answer = await proceed();
      if (calls === undefined) return answer;
      left.set(connection, calls - 1);
      if (calls !== 1) return answer;
      deaths += 1;
      call.kill();
      return undefined;
    },
  });
});
afterAll(() => cloud?.close());

/** A pair whose client's and server's departures die after so many calls. */
async function doomedPair(open: () => Promise<Pair>, death: number): Promise<Pair> {
  const before = new Set(cloud.twin.connections().map(({ id }) => id));
  const pair = await open();
  for (const { id } of cloud.twin.connections()) if (!before.has(id)) left.set(id, death);
  return pair;
}

test('an end is carried out, wherever whoever ends it dies', async () => {
  await playPeers(cloud, async (scene) => {
    const pairs: Pair[] = [];
    for (const death of DEATHS) pairs.push(await doomedPair(() => scene.pair(), death));
    for (const pair of pairs) await greet(pair);
    for (const { client } of pairs) await client.close();
    for (const { session, server } of pairs) {
      const look = () => cloud.twin.fireSchedules().then(() => server.closing);
      await until(`the end of ${session}`, look, 30_000);
      for (const { frames, reason } of await untilLines(cloud, session, 1)) {
        expect(frames).toBe(2);
        // Who died before it was written is followed by somebody who does not know why.
        expect(['left', 'gone']).toContain(reason);
      }
      await greet(await scene.again(session));
    }
    expect(deaths).toBeGreaterThan(2);
  });
});
