/** Sessions that nobody ends in so many words: quiet ones, lonely ones, and those whose peers are gone without a trace (contract rows P2, P5). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secondsFromNow } from '../support/client-tokens.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { PeerClient } from '../support/peer-client.ts';
import { lineAbout, linesAbout } from '../support/peer-lines.ts';
import {
  greet,
  otherOf,
  type Pair,
  pass,
  playPeers,
  SIDES,
  sendUntilClosed,
  withPair,
} from '../support/peer-pair.ts';
import { newSession, peerToken, relayPath } from '../support/peer-tokens.ts';
import { until } from '../support/until.ts';

const TIMEOUT_SECONDS = 8;
const MINUTE_MS = 60_000;

/** How often the departure of a peer is told to the relay. */
let departures = 1;
/** A handshake of this session fails once its function has done its work. */
let failing = '';
let cloud: TwinCloud;

beforeAll(async () => {
  cloud = await startTwinCloud({
    context: { 'relay:peerTimeoutSeconds': String(TIMEOUT_SECONDS) },
    async onInvoke({ functionName, event }, proceed) {
      if (functionName.startsWith('PeersDisconnect')) {
        for (let told = 1; told < departures; told += 1) await proceed();
        return departures > 0 ? proceed() : undefined;
      }
      const result = await proceed();
      if (
        functionName.startsWith('PeersConnect') &&
        failing !== '' &&
        JSON.stringify(event).includes(failing)
      )
        throw new Error('the connect function died after its work');
      return result;
    },
  });
});
afterAll(() => cloud?.close());

const closedBoth = ({ client, server }: Pair) => Promise.all([client.closed(), server.closed()]);
const untilTimeout = () => sleep(TIMEOUT_SECONDS * 1_000);

/** With departures told so often. */
async function withDepartures(times: number, act: () => Promise<void>): Promise<void> {
  departures = times;
  try {
    await act();
  } finally {
    departures = 1;
  }
}

describe('the minute’s pass', () => {
  test('ends sessions that have been quiet, or whose first peer has waited too long, and no others', async () => {
    await playPeers(cloud, async (scene) => {
      const quiet = await scene.pair();
      const busy = await scene.pair();
      const [lonely, fresh] = [newSession(), newSession()];
      const waiting = await scene.open(lonely);
      await greet(quiet);
      await untilTimeout();
      const client = await scene.open(fresh);
      await greet(busy);
      await cloud.twin.fireSchedules();
      await closedBoth(quiet);
      await waiting.closed();
      expect(await lineAbout(cloud, quiet.session)).toMatchObject({ reason: 'idle', frames: 2 });
      expect(await lineAbout(cloud, lonely)).toMatchObject({
        reason: 'alone',
        duration_seconds: 0,
        frames: 0,
      });
      await greet(busy);
      await greet(scene.complete({ session: fresh, client, server: await scene.open(fresh) }));
      for (const session of [quiet.session, lonely]) await greet(await scene.pair({ session }));
    });
  });

  test('ends a session once the token of either of its peers has expired, and no other', async () => {
    await playPeers(cloud, async (scene) => {
      const exp = secondsFromNow(3);
      const short = await peerToken(cloud, { exp });
      const long = await peerToken(cloud);
      const ends = [
        await scene.pair({ token: short, serverToken: long }),
        await scene.pair({ token: long, serverToken: short }),
      ];
      const stays = await scene.pair();
      await until('the end of the token', () => Date.now() >= exp * 1_000 || undefined);
      await greet(stays);
      await cloud.twin.fireSchedules();
      for (const pair of ends) {
        await closedBoth(pair);
        expect((await lineAbout(cloud, pair.session)).reason).toBe('expired');
      }
      await greet(stays);
    });
  });
});

test('a second peer that comes when the first has waited too long is the first of a new session', async () => {
  await playPeers(cloud, async (scene) => {
    const session = newSession();
    const late = await scene.open(session);
    await untilTimeout();
    const client = await scene.open(session);
    await late.closed();
    await greet(scene.complete({ session, client, server: await scene.open(session) }));
    expect(late.texts).toEqual([]);
    expect(await lineAbout(cloud, session)).toMatchObject({ reason: 'alone' });
  });
});

describe('a departure', () => {
  test.each(SIDES)('of the %s that nobody hears of ends the session at the next frame', async (side) => {
    await withDepartures(0, async () => {
      await withPair(cloud, async (pair) => {
        await greet(pair);
        await pair[side].close();
        const other = pair[otherOf(side)];
        expect(other.closing).toBeUndefined();
        await sendUntilClosed(other);
        expect((await lineAbout(cloud, pair.session)).reason).toBe('gone');
      });
    });
  });

  test('that nobody hears of, from a pair that says no more, ends with the timeout', async () => {
    await withDepartures(0, async () => {
      await withPair(cloud, async (pair) => {
        await greet(pair);
        await pair.client.close();
        await untilTimeout();
        await cloud.twin.fireSchedules();
        await pair.server.closed();
        expect(['idle', 'gone']).toContain((await lineAbout(cloud, pair.session)).reason);
      });
    });
  });

  test('that is told twice ends the session once', async () => {
    await withDepartures(2, async () => {
      await withPair(cloud, async (pair) => {
        await greet(pair);
        await pair.client.close();
        await pair.server.closed();
        expect(await lineAbout(cloud, pair.session)).toMatchObject({ reason: 'left', frames: 2 });
      });
    });
  });

  test('that is told twice does not end the session that has the id by then', async () => {
    await withDepartures(2, async () => {
      await playPeers(cloud, async (scene) => {
        const first = await scene.pair();
        await first.client.close();
        await first.server.closed();
        const second = await scene.pair({ session: first.session });
        for (let turn = 0; turn < 5; turn += 1) await greet(second);
      });
    });
  });

  test('of both at the same instant is one end', async () => {
    await withPair(cloud, async (pair) => {
      await greet(pair);
      await Promise.all([pair.client.close(), pair.server.close()]);
      await lineAbout(cloud, pair.session);
      await cloud.twin.fireSchedules();
      expect(linesAbout(cloud, pair.session)).toHaveLength(1);
    });
  });
});

test('a slot whose handshake failed after its work is somebody else’s before long', async () => {
  await playPeers(cloud, async (scene) => {
    const session = newSession();
    failing = session;
    const url = cloud.socketUrl(relayPath(session, await peerToken(cloud)));
    await expect(PeerClient.open(url)).rejects.toThrow(/refused with 5\d\d/);
    failing = '';
    await greet(await scene.again(session));
  });
});

test('the platform cuts a session after two hours, however busy it is, and it ends for both', async () => {
  const clock = new FakeClock();
  clock.advance(Date.now() - clock.now());
  const old = await startTwinCloud({ clock });
  try {
    await withPair(old, async (pair) => {
      for (let minutes = 0; minutes < 117; minutes += 9) {
        await greet(pair);
        clock.advance(9 * MINUTE_MS);
      }
      expect([pair.client.closing, pair.server.closing]).toEqual([undefined, undefined]);
      clock.advance(9 * MINUTE_MS);
      const [client, server] = await closedBoth(pair);
      expect([client.code, server.code]).toContain(1001);
      const line = await lineAbout(old, pair.session);
      expect(line).toMatchObject({ reason: 'left', frames: 26 });
    });
  } finally {
    await old.close();
  }
});

test('a session’s end takes no other pair with it, however many end at once', async () => {
  await playPeers(cloud, async (scene) => {
    const pairs = await Promise.all(Array.from({ length: 6 }, () => scene.pair()));
    await Promise.all(pairs.map(greet));
    const [staying, ...leaving] = pairs;
    if (!staying) expect.unreachable();
    await Promise.all(leaving.map(({ server }) => server.close()));
    for (const pair of leaving) await pair.client.closed();
    await pass(staying.client, staying.server, 'still here');
    for (const { session } of leaving) expect(await lineAbout(cloud, session)).toMatchObject({ frames: 2 });
    expect(linesAbout(cloud, staying.session)).toEqual([]);
  });
});
