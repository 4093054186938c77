/** What is said about a session at its end, (contract row P6). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { needs } from '../support/needs.ts';
import { refusedPeer } from '../support/peer-client.ts';
import { lineAbout, linesAbout, untilLines } from '../support/peer-lines.ts';
import { greet, type Pair, pass, playPeers, SIDES, withPair } from '../support/peer-pair.ts';
import { newSession, peerToken, relayPath } from '../support/peer-tokens.ts';

/** Rounding of what is printed, and of what is compared with it. */
const TOLERANCE_SECONDS = 0.1;

/** What the peers themselves have measured. */
function measured({ session, client, server }: Pair) {
  return {
    event: 'session_closed',
    session_id: session,
    bytes_client_to_server: server.receivedBytes,
    bytes_server_to_client: client.receivedBytes,
    total_bytes: server.receivedBytes + client.receivedBytes,
    frames: server.texts.length + client.texts.length,
  };
}

needs('printed-lines', () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud({ textFrames: true });
  });
  afterAll(() => cloud?.close());

  describe('the line about a session', () => {
    test('counts the UTF-8 bytes that went each way, as both of its peers have measured them', async () => {
      await withPair(cloud, async (pair) => {
        const { client, server } = pair;
        for (const text of ['ascii', 'żółć', '漢字', '👩‍👩‍👧‍👦', '{"action":"ping"}', 'x'.repeat(10_000)])
          await pass(client, server, text);
        for (const text of ['é', 'e\u0301', ' ', '🎈'.repeat(1_000)]) await pass(server, client, text);
        await client.close();
        const line = await lineAbout(cloud, pair.session);
        expect(line).toMatchObject({ ...measured(pair), reason: 'left' });
        expect([client.sentBytes, server.sentBytes]).toEqual([
          line.bytes_client_to_server,
          line.bytes_server_to_client,
        ]);
      });
    });

    test.each(SIDES)('names who came first the client, also where the %s leaves first', async (side) => {
      await withPair(cloud, async (pair) => {
        await pass(pair.client, pair.server, 'from the client');
        await pair[side].close();
        expect(await lineAbout(cloud, pair.session)).toMatchObject({
          bytes_client_to_server: 'from the client'.length,
          bytes_server_to_client: 0,
          reason: 'left',
        });
      });
    });

    test('says how long both were there, and when it ended', async () => {
      await playPeers(cloud, async (scene) => {
        const session = newSession();
        const client = await scene.open(session);
        const before = Date.now();
        const server = await scene.open(session);
        const paired = Date.now();
        await greet(scene.complete({ session, client, server }));
        await sleep(1_000);
        const leaving = Date.now();
        await server.close();
        const line = await lineAbout(cloud, session);
        const seen = Date.now();
        expect(line.duration_seconds).toBeGreaterThanOrEqual((leaving - paired) / 1_000 - TOLERANCE_SECONDS);
        expect(line.duration_seconds).toBeLessThanOrEqual((seen - before) / 1_000 + TOLERANCE_SECONDS);
        expect(line.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        const ended = Date.parse(line.timestamp) / 1_000;
        expect(ended).toBeGreaterThanOrEqual(leaving / 1_000 - TOLERANCE_SECONDS);
        expect(ended).toBeLessThanOrEqual(seen / 1_000 + TOLERANCE_SECONDS);
      });
    });

    test('has nothing of frames that came too early, and no time where there never was a pair', async () => {
      await playPeers(cloud, async (scene) => {
        const session = newSession();
        const peer = await scene.open(session);
        peer.send('is anybody there?');
        await peer.frames(1);
        await peer.close();
        expect(await lineAbout(cloud, session)).toMatchObject({
          duration_seconds: 0,
          bytes_client_to_server: 0,
          bytes_server_to_client: 0,
          total_bytes: 0,
          frames: 0,
        });
      });
    });

    test('has nothing of whoever was refused, and nobody refused leaves a line', async () => {
      await withPair(cloud, async (pair) => {
        await greet(pair);
        await refusedPeer(cloud, relayPath(pair.session, await peerToken(cloud)));
        const nowhere = newSession();
        await refusedPeer(cloud, relayPath(nowhere, 'garbage'));
        await pair.client.close();
        expect(await lineAbout(cloud, pair.session)).toMatchObject(measured(pair));
        expect(linesAbout(cloud, nowhere)).toEqual([]);
      });
    });

    test('is one for each of those who have had the same id one after the other', async () => {
      await playPeers(cloud, async (scene) => {
        const first = await scene.pair();
        await greet(first);
        await first.client.close();
        const line = await lineAbout(cloud, first.session);
        const second = await scene.again(first.session);
        await pass(second.client, second.server, 'the second time');
        await second.client.close();
        const lines = await untilLines(cloud, first.session, 2);
        expect(lines[0]).toEqual(line);
        expect(lines.at(-1)).toMatchObject(measured(second));
      });
    });
  });
});
