/**
 * The functions of peers die before and after each of their calls. A frame is counted before it is posted: the meter is over by the
 * frames whose function died in between, and never under what arrived. The session goes on, or ends with its line, by the minute's
 * pass at the latest (contract rows P5, P6).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AwsCall } from '../../local/aws/call.ts';
import { limits } from '../../shared/core/limits.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { type Fate, Fates } from '../support/fates.ts';
import type { PeerClient } from '../support/peer-client.ts';
import { openAgain, openPair, type Pair } from '../support/peer-pair.ts';
import { TwinTable } from '../support/tables.ts';
import { until } from '../support/until.ts';

/** A frame by its text, a departure by its connection. */
function nameOf({ functionName, event }: AwsCall): string | undefined {
  if (!/^Peers(Frame|Disconnect)/.test(functionName)) return undefined;
  const { body, requestContext }: { body?: string; requestContext: { connectionId: string } } =
    JSON.parse(event);
  return body ?? requestContext.connectionId;
}

const fates = new Fates(nameOf);
let cloud: TwinCloud;
let table: TwinTable;

beforeAll(async () => {
  cloud = await startTwinCloud({ onAwsCall: fates.onAwsCall });
  table = new TwinTable(cloud.twin);
});
afterAll(async () => {
  table?.close();
  await cloud?.close();
});

let drawn = 0;
/** A text that no other frame has, of as many bytes as few others. */
function frame(fate?: Fate): string {
  drawn += 1;
  const text = `frame ${drawn} ${'é'.repeat(drawn)}`;
  if (fate) fates.doom(text, fate);
  return text;
}

function bytesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function arrives(to: PeerClient, text: string): Promise<true> {
  return until(`${text} arrives`, () => to.texts.includes(text) || undefined, 30_000);
}

async function say(from: PeerClient, to: PeerClient): Promise<string> {
  const text = frame();
  from.send(text);
  await arrives(to, text);
  return text;
}

function linesAbout(session: string) {
  return cloud.lines
    .filter((line) => line.includes('"event":"session_closed"'))
    .map((line) => JSON.parse(line))
    .filter(({ session_id }) => session_id === session);
}

/** Its client leaves: there is one line about it, and without the minute's pass. */
async function meterOf({ session, client, server }: Pair) {
  await client.close();
  await server.closed();
  await until(`a line about ${session}`, () => linesAbout(session).length > 0 || undefined);
  const [line, ...others] = linesAbout(session);
  expect(others).toEqual([]);
  return line;
}

interface FateOfFrame extends Fate {
  readonly isCounted: boolean;
  readonly hasArrived: boolean;
}

const fatesOfFrames: readonly FateOfFrame[] = [
  { when: 'before', operation: 'UpdateItem', isCounted: false, hasArrived: false },
  { when: 'after', operation: 'UpdateItem', isCounted: true, hasArrived: false },
  { when: 'before', operation: 'PostToConnection', isCounted: true, hasArrived: false },
  { when: 'after', operation: 'PostToConnection', isCounted: true, hasArrived: true },
];

describe('a frame whose function dies', () => {
  test.each(fatesOfFrames)(
    '$when $operation (counted: $isCounted, arrived: $hasArrived) is told of to its sender, and the session goes on',
    async (fate) => {
      const pair = await openPair(cloud);
      const { client, server } = pair;
      const pass = async (from: PeerClient, to: PeerClient): Promise<number> => {
        const doomed = frame(fate);
        const before = await say(from, to);
        from.send(doomed);
        await until('its sender is told', () => from.complaints.length > 0 || undefined, 30_000);
        const after = await say(from, to);
        expect(from.complaints).toHaveLength(1);
        expect(to.texts).toEqual(fate.hasArrived ? [before, doomed, after] : [before, after]);
        return bytesOf(fate.isCounted ? [before, doomed, after] : [before, after]);
      };
      const [up, down] = [await pass(client, server), await pass(server, client)];
      expect(await meterOf(pair)).toMatchObject({
        bytes_client_to_server: up,
        bytes_server_to_client: down,
        total_bytes: up + down,
        frames: fate.isCounted ? 6 : 4,
        reason: 'left',
      });
    },
  );

  test('is all that the meter may be over by, also among others that are on their way at the same time', async () => {
    const pair = await openPair(cloud);
    const { client, server } = pair;
    const fateOf = new Map<string, FateOfFrame | undefined>();
    for (let n = 0; n < 12; n += 1) {
      // Two of six live.
      const fate = fatesOfFrames[n % 6];
      for (const from of [client, server]) {
        const text = frame(fate);
        fateOf.set(text, fate);
        from.send(text);
      }
    }
    await Promise.all([...fateOf].flatMap(([text, fate]) => (fate ? [fates.died(text)] : [])));
    const ways = [
      { from: client, to: server, figure: 'bytes_client_to_server' },
      { from: server, to: client, figure: 'bytes_server_to_client' },
    ];
    const arrived = ({ sent }: PeerClient) => sent.filter((text) => fateOf.get(text)?.hasArrived ?? true);
    const counted = ({ sent }: PeerClient) => sent.filter((text) => fateOf.get(text)?.isCounted ?? true);
    for (const { from, to } of ways) await Promise.all(arrived(from).map((text) => arrives(to, text)));
    const meter = await meterOf(pair);
    for (const { from, to, figure } of ways) {
      expect(to.texts.toSorted()).toEqual(arrived(from).toSorted());
      expect(meter[figure]).toBe(bytesOf(counted(from)));
      expect(meter[figure]).toBeGreaterThanOrEqual(to.receivedBytes);
    }
  }, 120_000);
});

/** The connections of its client and of its server. */
function connectionsOf({ session }: Pair): string[] {
  return cloud.twin
    .connections()
    .filter(({ query }) => Object.values(query).some((value) => value.includes(session)))
    .map(({ id }) => id);
}

interface Leaving {
  /** The name of the invocation that notices. */
  readonly name: string;
  readonly connections: readonly string[];
  readonly staying: PeerClient;
}

/** A peer is cut off and nobody is told; the other one's next frame finds that it has gone. */
async function vanish(pair: Pair, fate?: Fate): Promise<Leaving> {
  // Until then a connection that is gone might be one that is about to open.
  await sleep(limits.connectSeconds * 1_000);
  const connections = connectionsOf(pair);
  const name = frame(fate);
  cloud.twin.vanish(connections[1] ?? '');
  pair.client.send(name);
  return { name, connections, staying: pair.client };
}

/** A peer leaves, and the platform says so. */
async function depart(pair: Pair, fate?: Fate): Promise<Leaving> {
  const connections = connectionsOf(pair);
  const [name = ''] = connections;
  if (fate) fates.doom(name, fate);
  await pair.client.close();
  return { name, connections, staying: pair.server };
}

/** The end, its record, and then its sockets' and its own removal. */
const ending = ['UpdateItem', 'PutItem', 'DeleteItem', 'DeleteItem', 'DeleteItem', 'DeleteConnection'];

describe.each([
  {
    who: 'a frame that finds its peer gone',
    leave: vanish,
    writes: ['UpdateItem', 'PostToConnection', ...ending],
  },
  { who: 'a departure', leave: depart, writes: ending },
])('the function of $who', ({ leave, writes }) => {
  /** A session with something on its meter, whose end is noticed by somebody of this fate. */
  async function begin(fate?: Fate) {
    const pair = await openPair(cloud);
    await say(pair.client, pair.server);
    const leaving = await leave(pair, fate);
    const isOver = async (): Promise<boolean> => {
      const traces = await Promise.all(leaving.connections.map((id) => table.traces(id)));
      return (
        linesAbout(pair.session).length > 0 &&
        leaving.staying.closing !== undefined &&
        traces.every((kinds) => kinds.length === 0)
      );
    };
    return { pair, leaving, isOver };
  }

  test('makes these calls where it lives', async () => {
    const { pair, leaving, isOver } = await begin();
    await until('its session is over', async () => (await isOver()) || undefined, 30_000);
    const made = fates.callsOf(leaving.name).filter((operation) => operation !== 'GetItem');
    expect(made.toSorted()).toEqual(writes.toSorted());
    expect(linesAbout(pair.session)).toMatchObject([{ bytes_client_to_server: pair.client.sentBytes }]);
  });

  test('dies at any of them: the session ends all the same, and its meter is over by that frame at the most', async () => {
    const all = writes.flatMap((operation, index) => {
      const nth = writes.slice(0, index + 1).filter((one) => one === operation).length;
      return (['before', 'after'] as const).map((when) => ({ operation, nth, when }));
    });
    const doomed = await Promise.all(all.map(async (fate) => ({ fate, ...(await begin(fate)) })));
    await Promise.all(doomed.map(({ leaving }) => fates.died(leaving.name)));
    await until(
      'every session is over',
      async () => {
        await sleep(1_000);
        await cloud.twin.fireSchedules();
        const over = await Promise.all(doomed.map(({ isOver }) => isOver()));
        return over.every(Boolean) || undefined;
      },
      90_000,
    );
    for (const { pair, fate } of doomed) {
      const { client, server, session } = pair;
      const label = `killed ${fate.when} ${fate.operation} ${fate.nth}`;
      const lines = linesAbout(session);
      // Once its line may be out, whoever does the rest says it again.
      const isToldOf = fate.operation.startsWith('Delete');
      expect(lines.length, label).toBeLessThanOrEqual(isToldOf ? 2 : 1);
      for (const line of lines) {
        expect(line.bytes_client_to_server, label).toBeGreaterThanOrEqual(server.receivedBytes);
        expect(line.bytes_client_to_server, label).toBeLessThanOrEqual(client.sentBytes);
        expect(line.total_bytes, label).toBe(line.bytes_client_to_server);
        expect(['left', 'gone'], label).toContain(line.reason);
      }
      const again = await openAgain(cloud, session);
      for (const peer of [again.client, again.server]) peer.terminate();
    }
  }, 180_000);
});
