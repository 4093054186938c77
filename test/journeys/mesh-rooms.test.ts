/** Rooms of mesh jobs with unmodified socket.io clients, the newest and the oldest: who gets what, and how (contract rows M3 to M5). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { MeshClient } from '../support/mesh-client.ts';
import { batchStatus, jobEnd, jobProgress, logLine } from '../support/mesh-events.ts';
import { CLIENTS, type ClientVersion } from '../support/mesh-socket.ts';
import { MESH_WEBHOOK, newId, postJobs, postOne } from '../support/mesh-webhook.ts';
import { can, needs } from '../support/needs.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ textFrames: true });
});
afterAll(() => cloud?.close());

const open = (options = {}): Promise<MeshClient> => MeshClient.open(cloud, options);
const idsOf = (client: MeshClient) => client.events.map(({ payload }) => payload.id);

/** A client in these rooms. */
async function inRooms(...rooms: string[]): Promise<MeshClient> {
  const client = await open();
  await client.joinAll(...rooms);
  return client;
}

describe.each(Object.keys(CLIENTS) as ClientVersion[])('socket.io-client %s', (version) => {
  test('connects, joins with an ack, gets a named event with one argument, leaves', async () => {
    const [project, job] = [newId('p'), newId('j')];
    const room = `project_${project}`;
    const client = await open({ version });
    expect(await client.join(room)).toEqual({ ok: true, room, head: expect.stringMatching(/\.\d+$/) });
    const id = await postOne(cloud, logLine(job, 'one', { project_id: project }));
    const { name, payload, rest } = await client.sees(id);
    expect(name).toBe('log_line');
    expect(payload).toEqual({
      id,
      seq: expect.any(Number),
      // Whose join dies behind its ack is back behind the head, and is told what its own room's log knows.
      ids: can('sure-hand-offs')
        ? { [room]: id, [`job_${job}`]: expect.any(String) }
        : expect.objectContaining({ [room]: id }),
      project_id: project,
      job_id: job,
      message: 'one',
      timestamp: '2026-11-21T12:00:00Z',
    });
    expect(Object.keys(payload).slice(0, 3)).toEqual(['id', 'seq', 'ids']);
    expect(rest).toEqual([]);

    expect(await client.leave(room)).toMatchObject({ ok: true, room });
    const other = `project_${newId('p')}`;
    await client.joinAll(other);
    await postOne(cloud, logLine(job, 'left', { project_id: project }));
    const last = await postOne(cloud, logLine(job, 'last', { project_id: other.slice(8) }));
    await client.sees(last);
    expect(idsOf(client)).toEqual([id, last]);
    client.close();
  });

  test('is back by itself after a cut, and joins again behind what it saw', async () => {
    const project = newId('p');
    const client = await open({ version });
    await client.joinAll(`project_${project}`);
    const seen = await postOne(cloud, logLine('j', 'seen', { project_id: project }));
    await client.sees(seen);
    for (const how of ['close', 'terminate'] as const) {
      client.cut(how);
      const missed = await postOne(cloud, logLine('j', how, { project_id: project }));
      await client.sees(missed);
      await client.connected(client.connects.length);
    }
    expect(client.events.map(({ payload }) => payload.message)).toEqual(['seen', 'close', 'terminate']);
    client.close();
  });
});

describe('ways into a room', () => {
  test.each(['/socket.io/', '/socket.io'] as const)('at %s', async (path) => {
    const project = newId('p');
    const client = await open({ path });
    await client.joinAll(`project_${project}`);
    const id = await postOne(cloud, logLine('j', 'x', { project_id: project }));
    expect((await client.sees(id)).payload.id).toBe(id);
    client.close();
  });

  test('by an object with the room', async () => {
    const room = `batch_${newId('b')}`;
    const client = await open();
    expect(await client.join({ room })).toEqual({ ok: true, room, head: expect.any(String) });
    const id = await postOne(cloud, batchStatus(room.slice(6), 1));
    expect((await client.sees(id)).name).toBe('batch_status');
    client.close();
  });

  // A plain client whose socket had to be cut is in this room again from then on: it knows of nothing to go on after.
  needs('sure-hand-offs', () => {
    test('by the query', async () => {
      const project = newId('p');
      const client = await open({ query: { room: `project_${project}` } });
      const id = await postOne(cloud, logLine('j', 'x', { project_id: project }));
      expect((await client.sees(id)).payload.id).toBe(id);
      client.close();
    });
  });

  // Who is not answered does not know that it has to ask again.
  needs('sure-hand-offs', () => {
    test('without an ack', async () => {
      const project = newId('p');
      const client = await open();
      client.emit('join', `project_${project}`);
      // Two messages of one socket may overtake one another: events are posted until one has come.
      const deadline = Date.now() + 20_000;
      while (client.events.length === 0 && Date.now() < deadline)
        await postOne(cloud, logLine('j', 'are you there', { project_id: project }));
      expect((await client.first(1))[0]?.name).toBe('log_line');
      client.close();
    });
  });

  test('twice is once', async () => {
    const room = `project_${newId('p')}`;
    const client = await inRooms(room, room);
    const ids = [];
    for (const n of [1, 2])
      ids.push(await postOne(cloud, logLine('j', `${n}`, { project_id: room.slice(8) })));
    await client.sees(ids[1] ?? '');
    expect(idsOf(client)).toEqual(ids);
    client.close();
  });
});

describe('where an event goes', () => {
  test('each kind to its rooms, and to no other', async () => {
    const [project, batch, job] = [newId('p'), newId('b'), newId('j')];
    const rooms = { project: `project_${project}`, batch: `batch_${batch}`, job: `job_${job}` };
    const inProject = await inRooms(rooms.project);
    const inBatch = await inRooms(rooms.batch);
    const inJob = await inRooms(rooms.job);
    const elsewhere = await inRooms(`project_${batch}`, `batch_${project}`, `job_${project}`);
    const events = [
      logLine(job, 'a line', { project_id: project }),
      jobProgress(job, 10, { batch_id: batch }),
      jobProgress(job, 20, { project_id: project }),
      jobProgress(job, 30, { project_id: project, batch_id: batch }),
      batchStatus(batch, 1),
      jobEnd(job),
    ];
    await postJobs(cloud, { events });
    const seen = (client: MeshClient) =>
      client.events.map(({ name, payload }) => (payload.progress ? `${payload.progress}` : name));
    await inProject.first(4);
    expect(seen(inProject)).toEqual(['log_line', '20', '30', 'job_completed']);
    await inBatch.first(3);
    expect(seen(inBatch)).toEqual(['10', '30', 'batch_status']);
    await inJob.first(5);
    expect(seen(inJob)).toEqual(['log_line', '10', '20', '30', 'job_completed']);
    const own = await postOne(cloud, batchStatus(project, 2));
    await elsewhere.sees(own);
    expect(idsOf(elsewhere)).toEqual([own]);
    for (const client of [inProject, inBatch, inJob, elsewhere]) client.close();
  });

  // Where a socket has to be cut, its client joins its rooms again one after the other, and may get it by another of them.
  needs('sure-hand-offs', () => {
    test('to a socket in several of its rooms once, by the first of them', async () => {
      const [project, batch, job] = [newId('p'), newId('b'), newId('j')];
      const [p, b, j] = [`project_${project}`, `batch_${batch}`, `job_${job}`];
      const all = await inRooms(j, b, p);
      const two = await inRooms(j, b);
      const id = await postOne(cloud, jobProgress(job, 10, { project_id: project, batch_id: batch }));
      const { payload } = await all.sees(id);
      expect(Object.keys(payload.ids).toSorted()).toEqual([b, j, p].toSorted());
      expect(payload.id).toBe(payload.ids[p]);
      expect(payload.seq).toBe(Number(payload.id.split('.')[1]));
      const other = (await two.sees(id)).payload;
      expect(other.ids).toEqual(payload.ids);
      expect(other.id).toBe(payload.ids[b]);
      expect(other.seq).toBe(Number(other.id.split('.')[1]));
      const last = await postOne(cloud, logLine(job, 'last'));
      await Promise.all([all.sees(last), two.sees(last)]);
      expect([all.events.length, two.events.length]).toEqual([2, 2]);
      all.close();
      two.close();
    });
  });

  test('by the project that earlier events of its job named', async () => {
    const [project, job] = [newId('p'), newId('j')];
    const client = await inRooms(`project_${project}`);
    await postOne(cloud, jobProgress(job, 1, { project_id: project }));
    await postOne(cloud, logLine(job, 'learned'));
    await postOne(cloud, jobEnd(job, 'failed'));
    const events = await client.first(3);
    expect(events.map(({ name }) => name)).toEqual(['job_progress', 'log_line', 'job_failed']);
    expect(events[2]?.payload).toMatchObject({
      project_id: project,
      job_id: job,
      status: 'failed',
      error: 'out of memory',
    });
    client.close();
  });

  test('by the project of the query, and with numbers for ids', async () => {
    const job = Math.floor(Math.random() * 1e12);
    const client = await inRooms(`project_${job}`, `job_${job}`);
    const id = await postOne(
      cloud,
      { ...jobEnd('', 'completed'), job_id: job },
      { path: `${MESH_WEBHOOK}?project_id=${job}` },
    );
    expect((await client.sees(id)).payload).toMatchObject({
      project_id: `${job}`,
      job_id: `${job}`,
      status: 'completed',
      result: { success: true },
    });
    client.close();
  });

  test('of a job without a known project to the job’s room alone', async () => {
    const job = newId('j');
    const client = await inRooms(`job_${job}`);
    const id = await postOne(cloud, jobEnd(job));
    const { name, payload } = await client.sees(id);
    expect(name).toBe('job_completed');
    expect(payload.ids).toEqual({ [`job_${job}`]: id });
    client.close();
  });

  test('once, when the end of a job is told again', async () => {
    const [project, job] = [newId('p'), newId('j')];
    const client = await inRooms(`project_${project}`);
    const told = [jobEnd(job), jobEnd(job), jobEnd(job, 'failed')];
    const ids = [];
    for (const end of told) ids.push(await postOne(cloud, { ...end, project_id: project }));
    expect(ids[1]).toBe(ids[0]);
    await client.sees(ids[2] ?? '');
    expect(client.events.map(({ name }) => name)).toEqual(['job_completed', 'job_failed']);
    client.close();
  });

  needs('long-invocations', () => {
    test('a thousand log lines of one POST in their order', async () => {
      const [project, job] = [newId('p'), newId('j')];
      const client = await inRooms(`project_${project}`);
      const lines = Array.from({ length: 1_000 }, (_, n) =>
        logLine(job, `line ${n}`, { project_id: project }),
      );
      const ids = await postJobs(cloud, { events: lines });
      await client.first(1_000, 60_000);
      expect(client.events.map(({ payload }) => payload.message)).toEqual(
        lines.map(({ message }) => message),
      );
      expect(idsOf(client)).toEqual(ids);
      client.close();
    });
  });
});
