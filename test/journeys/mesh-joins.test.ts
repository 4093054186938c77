/** Joining and leaving: what is refused and how, other namespaces, coming back with a cursor (contract rows M5, X4, X5). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { MeshClient } from '../support/mesh-client.ts';
import { batchStatus, logLine } from '../support/mesh-events.ts';
import { CLIENTS, type ClientVersion } from '../support/mesh-socket.ts';
import { newId, postOne } from '../support/mesh-webhook.ts';
import { needs } from '../support/needs.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ textFrames: true });
});
afterAll(() => cloud?.close());

const open = (options = {}): Promise<MeshClient> => MeshClient.open(cloud, options);
const idsOf = (client: MeshClient) => client.events.map(({ payload }) => payload.id);

const numberOf = (cursor = ''): number => Number(cursor.split('.')[1]);

/** Posts that many events of a project, one POST each; their ids. */
async function postMany(project: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1)
    ids.push(await postOne(cloud, logLine('j', `${n}`, { project_id: project })));
  return ids;
}

const LONGEST = 'a'.repeat(128);

// Where an answer may be lost, the wish is said again, and then it is the later one.
needs('sure-hand-offs', () => {
  test.each([{}, { auth: { recovery: true } }])(
    'joins and leaves that do not wait for each other end as they were said (%j)',
    async (options) => {
      const [left, kept] = [newId('p'), newId('p')];
      const client = await open({ ...options, rejoins: false });
      await Promise.all([
        client.join(`project_${left}`),
        client.leave(`project_${left}`),
        client.join(`project_${kept}`),
        client.leave(`project_${kept}`),
        client.join(`project_${kept}`),
      ]);
      await postOne(cloud, logLine('j', 'left', { project_id: left }));
      const id = await postOne(cloud, logLine('j', 'kept', { project_id: kept }));
      await client.sees(id);
      expect(idsOf(client)).toEqual([id]);
      client.close();
    },
  );
});

/** Several rooms in one parameter of the handshake, as socket.io-client writes a list. */
async function expectInBoth(options: object): Promise<void> {
  const [one, other] = [newId('p'), newId('b')];
  const client = await open({ ...options, query: { room: `project_${one},batch_${other}` } });
  const ids = [
    await postOne(cloud, logLine('j', 'one', { project_id: one })),
    await postOne(cloud, batchStatus(other, 1)),
  ];
  for (const id of ids) await client.sees(id);
  client.close();
}

test('several rooms of the handshake, with recovery', () => expectInBoth({ auth: { recovery: true } }));

// A plain client whose socket had to be cut is in these rooms again from then on: it knows of nothing to go on after.
needs('sure-hand-offs', () => {
  test('several rooms of the handshake', () => expectInBoth({}));
});

describe('a room that is none', () => {
  let client: MeshClient;
  beforeAll(async () => {
    client = await open();
  });
  afterAll(() => client?.close());

  test.each<[string, unknown]>([
    ['of another surface', 'user_x'],
    ['a channel’s own name', 'user:x'],
    ['a project by its channel’s name', 'project:7'],
    ['a tenant', 'tenant_t1'],
    ['a path', '../'],
    ['a path in an id', 'project_../user_x'],
    ['without an id', 'project_'],
    ['without a kind', '_7'],
    ['of a kind alone', 'project'],
    ['with a kind in capitals', 'Project_7'],
    ['too long by one', `project_${LONGEST}a`],
    ['beginning with a dot', 'project_.7'],
    ['beginning with a dash', 'batch_-7'],
    ['with a space', 'project_a b'],
    ['with a line’s end', 'project_7\n'],
    ['with a star', 'project_*'],
    ['with a colon', 'project_7:8'],
    ['with letters beyond ASCII', 'project_ü'],
    ['empty', ''],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['a broken pair of letters', 'project_\ud800'],
  ])('%s is refused: bad_room', async (_, room) => {
    for (const asked of [room, { room }])
      expect(await client.join(asked)).toEqual({ ok: false, error: 'bad_room' });
  });

  test.each<[string, unknown]>([
    ['a number', 7],
    ['null', null],
    ['a list', ['project_7']],
    ['an object without a room', {}],
    ['an object whose room is a number', { room: 7 }],
    ['an object whose room is an object', { room: { room: 'project_7' } }],
    ['true', true],
  ])('%s is refused', async (_, room) => {
    expect(await client.join(room)).toEqual({
      ok: false,
      error: expect.stringMatching(/^bad_(room|request)$/),
    });
  });

  test('no room at all is refused', async () => {
    expect(await client.ask('join')).toEqual({
      ok: false,
      error: expect.stringMatching(/^bad_(room|request)$/),
    });
  });

  test('another event is unknown', async () => {
    for (const name of ['jump', 'joined', 'toString', '__proto__', 'job_completed'])
      expect(await client.ask(name, 'project_7'), name).toEqual({ ok: false, error: 'unknown_event' });
  });

  test('the client is served as before, and has heard of nobody else', async () => {
    const project = `${newId('p')}${LONGEST}`.slice(0, 128);
    await client.joinAll(`project_${project}`);
    await postMany('7', 1);
    const [id = ''] = await postMany(project, 1);
    await client.sees(id);
    expect(idsOf(client)).toEqual([id]);
  });
});

// A socket that is cut in between begins anew.
needs('sure-hand-offs', () => {
  test('the hundred-and-first room is refused, and the others stay', async () => {
    const client = await open();
    const rooms = Array.from({ length: 100 }, () => newId('p'));
    await client.joinAll(...rooms.map((id) => `project_${id}`));
    const more = await client.join(`project_${newId('p')}`);
    expect(more).toEqual({ ok: false, error: 'too_many_rooms' });
    // Into one that it is in it may come again, and where it has left there is a place.
    expect(await client.join(`project_${rooms[99]}`)).toMatchObject({ ok: true });
    await client.leave(`project_${rooms[0]}`);
    await client.joinAll(`batch_${rooms[0]}`);
    const id = await postOne(cloud, batchStatus(rooms[0] ?? '', 1));
    await client.sees(id);
    client.close();
  }, 300_000);
});

describe('leaving', () => {
  test('a room that one is not in is answered, and changes nothing', async () => {
    const project = newId('p');
    const client = await open();
    await client.joinAll(`project_${project}`);
    expect(Object.keys(await client.leave(`project_${newId('p')}`))).toContain('ok');
    expect(await client.leave('user_x')).toEqual({ ok: false, error: 'bad_room' });
    const [id = ''] = await postMany(project, 1);
    await client.sees(id);
    client.close();
  });

  test('one room of two leaves the other', async () => {
    const [one, other] = [newId('p'), newId('p')];
    const client = await open();
    await client.joinAll(`project_${one}`, `project_${other}`);
    expect(await client.leave(`project_${one}`)).toMatchObject({ ok: true });
    await postMany(one, 2);
    const ids = await postMany(other, 1);
    await client.sees(ids[0] ?? '');
    expect(idsOf(client)).toEqual(ids);
    client.close();
  });
});

describe.each(Object.keys(CLIENTS) as ClientVersion[])('socket.io-client %s', (version) => {
  test.each(['/admin', '/7', '/project_7', '/__proto__'])(
    'is refused the namespace %s',
    async (namespace) => {
      const client = new MeshClient(cloud, { version, namespace });
      expect((await client.refused()).message).toBe('Invalid namespace');
      expect(client.connects).toEqual([]);
      client.close();
    },
  );

  // Whose join dies behind its ack is thrown out, and this one does not join again by itself.
  needs('sure-hand-offs', () => {
    test('leaves its namespace, comes back as somebody new, and is in no room until it joins', async () => {
      const project = newId('p');
      const client = await open({ version, rejoins: false });
      await client.joinAll(`project_${project}`);
      await client.sees((await postMany(project, 1))[0] ?? '');
      await client.disconnect();
      client.connect();
      await client.connected(2);
      expect(client.connects[1]?.recovered).toBe(false);
      expect(client.connects[1]?.sid).not.toBe(client.connects[0]?.sid);
      await postMany(project, 1);
      await client.joinAll(`project_${project}`);
      const [last = ''] = await postMany(project, 1);
      await client.sees(last);
      expect(client.events.map(({ payload }) => payload.id).slice(1)).toEqual([last]);
      client.close();
    });
  });
});

describe('joining behind a cursor', () => {
  test('brings what was missed before what comes, each once', async () => {
    const project = newId('p');
    const room = `project_${project}`;
    const ids = await postMany(project, 5);
    const client = await open();
    const answer = await client.join({ room, after: ids[1] });
    expect(answer).toMatchObject({ ok: true, room, recovered: true });
    // Behind the last event there may be numbers of attempts that failed.
    expect(numberOf(answer.head)).toBeGreaterThanOrEqual(numberOf(ids[4]));
    await client.first(3);
    ids.push(...(await postMany(project, 2)));
    await client.sees(ids.at(-1) ?? '');
    expect(idsOf(client)).toEqual(ids.slice(2));
    client.close();
  });

  test('misses nothing of what is posted meanwhile', async () => {
    const project = newId('p');
    const [first = ''] = await postMany(project, 1);
    const client = await open();
    const [posted] = await Promise.all([
      postMany(project, 10),
      client.join({ room: `project_${project}`, after: first }),
    ]);
    await client.first(posted.length);
    const [last = ''] = await postMany(project, 1);
    await client.sees(last);
    const numbers = client.events.map(({ payload }) => payload.seq);
    expect(new Set(idsOf(client))).toEqual(new Set([...posted, last]));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    client.close();
  });

  test('that is the head brings nothing', async () => {
    const room = `project_${newId('p')}`;
    const [id = ''] = await postMany(room.slice(8), 1);
    const client = await open();
    const answer = await client.join({ room, after: id });
    expect(answer).toEqual({ ok: true, room, head: expect.any(String), recovered: true });
    // Behind it there may be numbers of attempts that failed.
    expect(numberOf(answer.head)).toBeGreaterThanOrEqual(numberOf(id));
    expect(client.events).toEqual([]);
    client.close();
  });

  test('the head of an empty room can be come back to', async () => {
    const project = newId('p');
    const room = `project_${project}`;
    const client = await open();
    const { head } = await client.join(room);
    client.close();
    const ids = await postMany(project, 2);
    const later = await open();
    expect(await later.join({ room, after: head })).toMatchObject({ ok: true, recovered: true });
    await later.sees(ids[1] ?? '');
    expect(idsOf(later)).toEqual(ids);
    later.close();
  });

  test('to which the log does not reach is told so, and the client is live', async () => {
    const project = newId('p');
    const room = `project_${project}`;
    const [id = ''] = await postMany(project, 1);
    const client = await open();
    const answer = await client.join({ room, after: id.replace(/\.\d+$/, '.999') });
    expect(answer).toEqual({ ok: true, room, head: expect.any(String), recovered: false });
    expect(numberOf(answer.head)).toBeGreaterThanOrEqual(numberOf(id));
    const [next = ''] = await postMany(project, 1);
    await client.sees(next);
    expect(idsOf(client)).toEqual([next]);
    client.close();
  });

  test('that is null is none', async () => {
    const room = `project_${newId('p')}`;
    const client = await open();
    expect(await client.join({ room, after: null })).toEqual({ ok: true, room, head: expect.any(String) });
    client.close();
  });

  test.each<[string, unknown]>([
    ['a word', 'x'],
    ['empty', ''],
    ['a number', 1],
    ['an object', {}],
    ['without a number', 'AAAAAAAAAAAAAAAA.'],
    ['below nought', 'AAAAAAAAAAAAAAAA.-1'],
    ['with a tail', 'AAAAAAAAAAAAAAAA.1.1'],
    ['with a line’s end', 'AAAAAAAAAAAAAAAA.1\n'],
  ])('that is malformed is refused: %s', async (_, after) => {
    const client = await open();
    expect(await client.join({ room: `project_${newId('p')}`, after })).toEqual({
      ok: false,
      error: expect.stringMatching(/^bad_(cursor|request)$/),
    });
    client.close();
  });

  test('of another room is refused, and the room is not joined', async () => {
    const [one, other] = [newId('p'), newId('p')];
    const [id] = await postMany(other, 1);
    await postMany(one, 1);
    const client = await open();
    const answer = await client.join({ room: `project_${one}`, after: id });
    expect(answer).toEqual({ ok: false, error: expect.stringMatching(/^(bad_cursor|forbidden)$/) });
    await client.joinAll(`project_${other}`);
    await postMany(one, 1);
    const [last = ''] = await postMany(other, 1);
    await client.sees(last);
    expect(idsOf(client)).toEqual([last]);
    client.close();
  });
});
