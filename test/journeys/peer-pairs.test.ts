/** Two peers, one session: who is paired, who is not, and how it ends for both (contract rows P2, P5). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { can, needs } from '../support/needs.ts';
import { NO_PEER, type PeerClient, refusedPeer } from '../support/peer-client.ts';
import {
  greet,
  otherOf,
  type PeerScene,
  pass,
  playPeers,
  SIDES,
  sendUntilClosed,
  withPair,
} from '../support/peer-pair.ts';
import { newSession, peerToken, relayPath } from '../support/peer-tokens.ts';
import { HandshakeError } from '../support/socket-client.ts';

const KB = 1_024;

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ textFrames: true });
});
afterAll(() => cloud?.close());

/** Six handshakes at the same instant: whoever was let in, and how the others were refused. */
async function sixAtOnce(scene: PeerScene, session: string) {
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => scene.open(session)));
  const peers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  return { peers, refusals };
}

describe('a session', () => {
  test('makes each of two peers the other’s, with the same token at both ends', async () => {
    const token = await peerToken(cloud);
    await withPair(cloud, greet, { token });
  });

  test('is as good with a token of its own at either end', async () => {
    const [token, serverToken] = [
      await peerToken(cloud, { sub: 'one' }),
      await peerToken(cloud, { sub: 'other' }),
    ];
    await withPair(cloud, greet, { token, serverToken });
  });

  test('lets in exactly two of six that connect at the same instant, and these are each other’s', async () => {
    await playPeers(cloud, async (scene) => {
      const session = newSession();
      const { peers, refusals } = await sixAtOnce(scene, session);
      expect(peers.length).toBeLessThanOrEqual(2);
      // A handshake that the cloud has failed may have taken a place all the same.
      const failure = refusals.find((reason) => scene.isTroubledBy(reason));
      if (failure) throw failure;
      const [client, server] = peers;
      if (!client || !server) expect.unreachable(`${peers.length} of six were let in`);
      if (can('refusal-status')) {
        expect(refusals).toEqual(Array(4).fill(expect.any(HandshakeError)));
        expect(refusals.map(({ status }) => status)).toEqual([409, 409, 409, 409]);
      }
      await greet(scene.complete({ session, client, server }));
    });
  });

  needs('refusal-status', () => {
    test('refuses a third peer with 409, which the pair does not notice', async () => {
      await withPair(cloud, async (pair) => {
        await greet(pair);
        const refusal = await refusedPeer(cloud, relayPath(pair.session, await peerToken(cloud)));
        expect(refusal.status).toBe(409);
        await greet(pair);
        for (const side of SIDES) expect(pair[side].texts).toHaveLength(2);
      });
    });
  });

  test('is told by its whole id from those whose ids look like it', async () => {
    await playPeers(cloud, async (scene) => {
      const id = newSession('Id');
      const ids = [id, id.toUpperCase(), id.toLowerCase(), `${id}-`, id.slice(0, -1), id.padEnd(64, '_')];
      const pairs = await Promise.all(ids.map((session) => scene.pair({ session })));
      await Promise.all(pairs.map(greet));
      for (const { client, server } of pairs)
        expect([client.texts.length, server.texts.length]).toEqual([1, 1]);
    });
  });
});

describe('before the pair is complete', () => {
  needs('sure-hand-offs', () => {
    test('every frame is answered by one that says so', async () => {
      await playPeers(cloud, async (scene) => {
        const session = newSession();
        const client = await scene.open(session);
        for (let n = 1; n <= 3; n += 1) {
          client.send(`is anybody there? ${n}`);
          const answers = await client.frames(n);
          expect(answers.map((text) => JSON.parse(text))).toEqual(Array(n).fill(NO_PEER));
        }
        const server = await scene.open(session);
        await pass(client, server, 'now there is');
        await pass(server, client, 'here');
        expect([client.texts.length, server.texts]).toEqual([4, ['now there is']]);
      });
    });
  });

  test('no frame is kept for the other peer', async () => {
    await playPeers(cloud, async (scene) => {
      const session = newSession();
      const client = await scene.open(session);
      client.send('for whoever comes later');
      await client.frames(1);
      const server = await scene.open(session);
      await pass(client, server, 'for the one who is here');
      await pass(server, client, 'that is me');
      expect(server.texts).toEqual(['for the one who is here']);
    });
  });
});

describe('the end', () => {
  needs('sure-departures', () => {
    test.each(SIDES)('comes for both at once when the %s leaves', async (side) => {
      await withPair(cloud, async (pair) => {
        await greet(pair);
        await pair[side].close();
        await expect(pair[otherOf(side)].closed()).resolves.toBeDefined();
      });
    });

    test.each(SIDES)('comes for both when the %s breaks off without a word', async (side) => {
      await withPair(cloud, async (pair) => {
        await greet(pair);
        pair[side].terminate();
        await expect(pair[otherOf(side)].closed()).resolves.toBeDefined();
      });
    });

    test('has freed the session’s id for others as soon as it is seen', async () => {
      await playPeers(cloud, async (scene) => {
        const first = await scene.pair();
        await greet(first);
        await first.client.close();
        await first.server.closed();
        const second = await scene.pair({ session: first.session });
        await greet(second);
        for (const side of SIDES) expect(second[side].texts).toHaveLength(1);
      });
    });
  });

  needs('closed-sockets', () => {
    test.each(SIDES)('comes for both once the %s has left, at the latest at a frame', async (side) => {
      await playPeers(cloud, async (scene) => {
        const pair = await scene.pair();
        await pair[side].close();
        await expect(sendUntilClosed(pair[otherOf(side)])).resolves.toBeDefined();
        expect(pair[side].texts).toEqual([]);
      });
    });

    test.each<[string, number, (peer: PeerClient) => void]>([
      ['a binary frame', 1003, (peer) => peer.sendBinary(Buffer.from('binary'))],
      ['a frame of 33 KB', 1009, (peer) => peer.send('x'.repeat(33 * KB))],
    ])('comes for both after %s, which is not forwarded', async (_, code, send) => {
      await playPeers(cloud, async (scene) => {
        const { client, server } = await scene.pair();
        send(client);
        expect((await client.closed()).code).toBe(code);
        await sendUntilClosed(server);
        expect(server.texts).toEqual([]);
      });
    });
  });

  test('of a first peer that leaves before there is a second frees the id for two others', async () => {
    await playPeers(cloud, async (scene) => {
      const session = newSession();
      const first = await scene.open(session);
      await first.close();
      await greet(await scene.again(session));
    });
  });

  test('leaves nothing for those who take the session’s id after it', async () => {
    await playPeers(cloud, async (scene) => {
      const first = await scene.pair();
      await pass(first.client, first.server, 'for the first session alone');
      for (const side of SIDES) first[side].terminate();
      const second = await scene.again(first.session);
      await greet(second);
      for (const side of SIDES) expect(second[side].texts).toHaveLength(1);
    });
  });

  test('of one session is no other session’s', async () => {
    await playPeers(cloud, async (scene) => {
      const staying = await scene.pair();
      await greet(staying);
      const leaving = await scene.pair();
      await leaving.client.close();
      await greet(staying);
      await greet(await scene.again(leaving.session));
      await greet(staying);
      expect([staying.client.closing, staying.server.closing]).toEqual([undefined, undefined]);
    });
  });
});
