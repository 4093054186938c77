/** What a publish costs in AWS calls besides its posts, call by call: the budget of `bench/README.md`. */
import { beforeAll, expect, test } from 'vitest';
import { type Counted, countCalls } from '../../bench/entries/calls.ts';
import { startTwinCloud } from '../support/cloud.ts';
import { issueToken, newUser, postEvent } from '../support/hook-client.ts';
import { line, newId, postOne } from '../support/mesh-webhook.ts';
import { openPair, pass } from '../support/peer-pair.ts';
import { SOCKET_IO, WireSocket } from '../support/wire-socket.ts';

let counted: Counted[];
beforeAll(async () => {
  counted = await countCalls();
});

test.each([
  ['one event', { writes: 2, reads: 0 }],
  ['one named event', { writes: 4, reads: 0 }],
  ['a list of 10', { writes: 2, reads: 0 }],
  ['a list of 10 named', { writes: 22, reads: 0 }],
  ['and the one after that', { writes: 2, reads: 0 }],
])('in steady state: %s', (name, budget) => {
  const found = counted.find((row) => row.name === name);
  expect(found).toMatchObject({ ...budget, secrets: 0, others: 0 });
});

test.each([
  ['first of an environment', { writes: 2, reads: 1, secrets: 1 }],
  ['after a new subscriber', { writes: 2, reads: 1, secrets: 0 }],
  ['a repeat of a named event', { writes: 3, reads: 1, secrets: 0, posts: 0 }],
])('one read more: %s', (name, cost) => {
  expect(counted.find((row) => row.name === name)).toMatchObject({ ...cost, others: 0 });
});

test('every event is one post to every socket', () => {
  expect(counted.map(({ name, posts }) => [name, posts])).toEqual([
    ['first of an environment', 2],
    ['one event', 2],
    ['one named event', 2],
    ['a list of 10', 20],
    ['a list of 10 named', 20],
    ['a repeat of a named event', 0],
    ['after a new subscriber', 3],
    ['and the one after that', 3],
  ]);
});

test('who posts a hook event is two writes more: a hit on its address, and one on its token that says it is good', async () => {
  let calls: string[] = [];
  const cloud = await startTwinCloud({
    onAwsCall({ functionName, operation }, proceed) {
      if (functionName.startsWith('IngestHookBackend')) calls.push(operation);
      return proceed();
    },
  });
  try {
    const { token } = await issueToken(cloud, await newUser(cloud));
    const callsOf = async (fields: Record<string, unknown>): Promise<string[]> => {
      calls = [];
      await postEvent(cloud, token, fields);
      return calls;
    };
    await callsOf({});
    expect(await callsOf({})).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem', 'PutItem']);
    const named = ['UpdateItem', 'UpdateItem', 'UpdateItem', 'PutItem', 'PutItem', 'UpdateItem'];
    expect(await callsOf({ event_id: 'once' })).toEqual(named);
  } finally {
    await cloud.close();
  }
});

test('an event of mesh jobs is two writes a room, and two for each socket in them that recovers', async () => {
  let calls: string[] = [];
  const cloud = await startTwinCloud({
    onAwsCall({ functionName, operation }, proceed) {
      if (functionName.startsWith('IngestMeshJobs')) calls.push(operation);
      return proceed();
    },
  });
  try {
    const [job, project] = [newId('job'), newId('p')];
    const callsOf = async (): Promise<string[]> => {
      calls = [];
      await postOne(cloud, line(job, { project_id: project }));
      return calls;
    };
    const plain = await WireSocket.open(cloud, `${SOCKET_IO}&room=project_${project},job_${job}`);
    plain.send('40');
    await plain.packet(/^40\{/);
    await callsOf();
    // Of one rank after the other: a number and a slot of the project, then of the job.
    const logged = ['UpdateItem', 'PutItem', 'UpdateItem', 'PutItem'];
    expect(await callsOf()).toEqual([...logged, 'PostToConnection']);

    const recovering = await WireSocket.connected(cloud, { recovery: true });
    await recovering.join(cloud, `project_${project}`);
    await callsOf();
    const both = await callsOf();
    expect(both.slice(0, 4)).toEqual(logged);
    expect(both.slice(4).toSorted()).toEqual(
      ['PostToConnection', 'PostToConnection', 'UpdateItem', 'UpdateItem'].toSorted(),
    );
  } finally {
    await cloud.close();
  }
});

test('a frame between peers is one write and one post, and two reads more where an environment meets its sender first', async () => {
  /** By what carried out each frame: its environment, and the operations. */
  const frames = new Map<string, { by: string; operations: string[] }>();
  const cloud = await startTwinCloud({
    onAwsCall({ functionName, environmentId, event, operation }, proceed) {
      if (!functionName.startsWith('PeersFrame')) return proceed();
      const frame = frames.get(event) ?? { by: environmentId, operations: [] };
      frames.set(event, { ...frame, operations: [...frame.operations, operation] });
      return proceed();
    },
  });
  try {
    const { client, server } = await openPair(cloud);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      frames.clear();
      for (let n = 0; n < 10; n += 1) await pass(from, to, `frame ${n}`);
      expect(frames.size).toBe(10);
      const met = new Set<string>();
      for (const { by, operations } of frames.values()) {
        const reads = met.has(by) ? [] : ['GetItem', 'GetItem'];
        expect(operations).toEqual([...reads, 'UpdateItem', 'PostToConnection']);
        met.add(by);
      }
      // Frames that come one after another do not need an environment each.
      expect(met.size).toBeLessThan(10);
    }
    for (const peer of [client, server]) peer.terminate();
  } finally {
    await cloud.close();
  }
});
