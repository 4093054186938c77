/** Everything that functions do for two peers. */
import { expect } from 'vitest';
import { PeerClient, refusedPeer } from '../peer-client.ts';
import { newSession, peerToken, relayPath } from '../peer-tokens.ts';
import { until } from '../until.ts';
import type { Act, Watched } from './watched.ts';

/** A peer, with the id of its connection. */
interface Come {
  readonly peer: PeerClient;
  readonly id: string;
}

async function come({ cloud }: Watched, session: string): Promise<Come> {
  const before = new Set(cloud.twin.connections().map(({ id }) => id));
  const peer = await PeerClient.open(cloud.socketUrl(relayPath(session, await peerToken(cloud))));
  const [id = '', ...others] = cloud.twin
    .connections()
    .flatMap((connection) => (before.has(connection.id) ? [] : [connection.id]));
  expect(others).toEqual([]);
  return { peer, id };
}

/** The line about a session's end, which is there once, with the reason; its record is written before. */
async function untilTold({ cloud }: Watched, session: string, reason: string, patienceMs: number) {
  const told = () =>
    cloud.lines.filter((line) => line.includes('"session_closed"') && line.includes(`"${session}"`));
  const [line = ''] = await until(
    `the end of ${session}`,
    () => (told().length > 0 ? told() : undefined),
    patienceMs,
  );
  expect(JSON.parse(line)).toMatchObject({ reason });
}

/** What is over is forgotten, and somebody else can have its name. */
async function expectFree(watched: Watched, session: string, { id }: Come): Promise<void> {
  const isForgotten = async () => ((await watched.table.traces(id)).length === 0 ? true : undefined);
  await until('nothing speaks of a connection', isForgotten);
  const { peer } = await come(watched, session);
  await peer.close();
}

/** Two speak, a third is refused, one leaves. */
async function talkAndLeave(watched: Watched, patienceMs: number): Promise<void> {
  const session = newSession();
  const [first, second] = [await come(watched, session), await come(watched, session)];
  const { cloud } = watched;
  const third = await refusedPeer(cloud, relayPath(session, await peerToken(cloud)));
  expect(third.status).toBe(409);
  first.peer.send('hello');
  expect(await second.peer.frames(1, patienceMs)).toEqual(['hello']);
  await first.peer.close();
  await second.peer.closed(patienceMs);
  await untilTold(watched, session, 'left', patienceMs);
  await expectFree(watched, session, second);
}

/** A frame to somebody who has vanished ends the session. */
async function talkToGhost(watched: Watched, patienceMs: number): Promise<void> {
  const session = newSession();
  const [first, second] = [await come(watched, session), await come(watched, session)];
  watched.cloud.twin.vanish(second.id);
  await watched.table.agePeers(session, 60);
  first.peer.send('are you there?');
  await first.peer.closed(patienceMs);
  await untilTold(watched, session, 'gone', patienceMs);
  await expectFree(watched, session, first);
}

/** So does the minute's pass, where nobody says anything. */
async function sweepGhost(watched: Watched, patienceMs: number): Promise<void> {
  const session = newSession();
  const [first, second] = [await come(watched, session), await come(watched, session)];
  watched.cloud.twin.vanish(second.id);
  for (const { id } of [first, second]) await watched.table.age(id, 60);
  await watched.cloud.twin.fireSchedules();
  await first.peer.closed(patienceMs);
  await untilTold(watched, session, 'gone', patienceMs);
  await expectFree(watched, session, first);
}

/** And somebody who comes, and finds that one of two is not there. */
async function replaceGhost(watched: Watched, patienceMs: number): Promise<void> {
  const session = newSession();
  const [first, second] = [await come(watched, session), await come(watched, session)];
  first.peer.send('hello');
  await second.peer.frames(1, patienceMs);
  watched.cloud.twin.vanish(first.id);
  await watched.table.agePeers(session, 60);
  const { peer } = await come(watched, session);
  await second.peer.closed(patienceMs);
  await untilTold(watched, session, 'gone', patienceMs);
  await peer.close();
}

export const peerRelayActs: readonly Act[] = [talkAndLeave, talkToGhost, sweepGhost, replaceGhost];
