/** What one session may use up: whatever goes beyond ends it for both, and the line says why (contract row P6). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { needs } from '../support/needs.ts';
import { lineAbout } from '../support/peer-lines.ts';
import { greet, pass, SIDES, sendUntilClosed, withPair } from '../support/peer-pair.ts';

const BYTES = 20_000;
const FRAMES_PER_SECOND = 2;
/** As many as ten seconds' worth may come at once. */
const BURST = 10 * FRAMES_PER_SECOND;
const SECONDS = 8;

needs('settings', () => {
  let cloud: Cloud;
  beforeAll(async () => {
    const limits = { bytes: BYTES, framesPerSecond: FRAMES_PER_SECOND, seconds: SECONDS };
    cloud = await startCloud({
      textFrames: true,
      context: { 'relay:peerLimits': JSON.stringify(limits) },
    });
  });
  afterAll(() => cloud?.close());

  describe('a session', () => {
    test('may use up all of its bytes, both ways together, and ends with the frame beyond', async () => {
      await withPair(cloud, async ({ session, client, server }) => {
        await pass(client, server, 'x'.repeat(BYTES / 2));
        await pass(server, client, 'é'.repeat(BYTES / 4));
        server.send('!');
        await Promise.all([client.closed(), server.closed()]);
        expect([client.texts.length, server.texts.length]).toEqual([1, 1]);
        const line = await lineAbout(cloud, session);
        expect(line.reason).toBe('bytes');
        expect(line.bytes_client_to_server).toBe(BYTES / 2);
        // The frame that was too much may be counted.
        expect([BYTES, BYTES + 1]).toContain(line.total_bytes);
      });
    });

    test('may send a burst of frames, and ends when they go on as fast', async () => {
      await withPair(cloud, async ({ session, client, server }) => {
        await sendUntilClosed(client);
        await server.closed();
        expect(server.texts.length).toBeGreaterThanOrEqual(BURST);
        const { reason, frames } = await lineAbout(cloud, session);
        expect(reason).toBe('frames');
        expect(frames).toBeGreaterThanOrEqual(server.texts.length);
      });
    });

    test('ends at the first frame after its time', async () => {
      await withPair(cloud, async (pair) => {
        const { session, client, server } = pair;
        await greet(pair);
        await sleep(SECONDS * 1_000);
        client.send('too late');
        await Promise.all([client.closed(), server.closed()]);
        expect(server.texts).toHaveLength(1);
        const line = await lineAbout(cloud, session);
        expect(line.reason).toBe('seconds');
        expect(line.duration_seconds).toBeGreaterThanOrEqual(SECONDS);
      });
    });

    needs('inside', () => {
      test('ends at the minute’s pass after its time, where nobody says anything', async () => {
        await withPair(cloud, async (pair) => {
          await greet(pair);
          await sleep(SECONDS * 1_000);
          await cloud.twin?.fireSchedules();
          for (const side of SIDES) await pair[side].closed();
          expect((await lineAbout(cloud, pair.session)).reason).toBe('seconds');
        });
      });
    });
  });
});
