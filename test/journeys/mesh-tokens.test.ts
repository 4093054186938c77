/** Rooms and client tokens: how they are carried, what they open, what is refused, and their end (contract rows M6, X7, X6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secondsFromNow, signBySecret, unsigned } from '../support/client-tokens.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { MeshClient } from '../support/mesh-client.ts';
import { logLine } from '../support/mesh-events.ts';
import { CLIENTS, type ClientVersion, type MeshClientOptions } from '../support/mesh-socket.ts';
import { newId, postOne } from '../support/mesh-webhook.ts';
import { needs } from '../support/needs.ts';
import { SocketClient } from '../support/socket-client.ts';
import { TwinTable } from '../support/tables.ts';
import { until } from '../support/until.ts';
import { SOCKET_IO, WireSocket } from '../support/wire-socket.ts';

const SECRET = 'the-secret-of-the-client-tokens-here';
const tokenFor = (
  channels: unknown,
  claims: Record<string, unknown> = {},
  secret = SECRET,
): Promise<string> => signBySecret(secret, { channels, exp: secondsFromNow(3_600), ...claims });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const line = (cloud: Cloud, project: string): Promise<string> =>
  postOne(cloud, logLine('j', 'x', { project_id: project }));

needs('settings', () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud({ textFrames: true, environment: { CLIENT_JWT_SECRET: SECRET } });
  });
  afterAll(() => cloud?.close());

  /** What its connecting is refused with. */
  async function refusal(options: MeshClientOptions): Promise<string> {
    const client = new MeshClient(cloud, options);
    const { message } = await client.refused();
    expect(client.connects).toEqual([]);
    client.close();
    return message;
  }

  /** A client with this token gets the event of its own room, joined by hand. */
  async function expectOpen(project: string, options: MeshClientOptions): Promise<void> {
    const client = await MeshClient.open(cloud, options);
    await client.joinAll(`project_${project}`);
    const id = await line(cloud, project);
    expect((await client.sees(id)).payload.id).toBe(id);
    client.close();
  }

  describe.each(Object.keys(CLIENTS) as ClientVersion[])('socket.io-client %s', (version) => {
    test('carries it in its auth', async () => {
      const project = newId('p');
      await expectOpen(project, { version, auth: { token: await tokenFor([`project:${project}`]) } });
    });

    test('carries it as a bearer', async () => {
      const project = newId('p');
      await expectOpen(project, { version, headers: bearer(await tokenFor([`project:${project}`])) });
    });

    test('is told that it is unauthorized, or that a room is forbidden', async () => {
      const project = newId('p');
      expect(await refusal({ version })).toBe('unauthorized');
      const token = await tokenFor([`project:${project}`]);
      const client = await MeshClient.open(cloud, { version, auth: { token } });
      expect(await client.join('project_7')).toEqual({ ok: false, error: 'forbidden' });
      client.close();
    });
  });

  test.each<[string, (project: string) => readonly string[]]>([
    ['one of several names', (project) => ['tenant:t1', 'batch:b1', `project:${project}`]],
    ['how its name begins', (project) => [`project:${project.slice(0, 6)}*`]],
    ['all of a kind', () => ['project:*']],
    ['all there are', () => ['*']],
  ])('a token that covers a room by %s opens it', async (_, channelsOf) => {
    const project = newId('p');
    await expectOpen(project, { auth: { token: await tokenFor(channelsOf(project)) } });
  });

  test.each<[string, () => Promise<unknown> | unknown]>([
    ['garbage', () => 'garbage'],
    ['nothing in it', () => ''],
    ['no text', () => 7],
    ['an object', () => ({})],
    ['null', () => null],
    ['one that has expired', () => tokenFor(['*'], { exp: secondsFromNow(-1) })],
    ['one that does not hold yet', () => tokenFor(['*'], { nbf: secondsFromNow(3_600) })],
    ['one of another secret', () => tokenFor(['*'], {}, `${SECRET}!`)],
    ['one that nobody signed', () => unsigned({ channels: ['*'] })],
    ['one without channels', () => tokenFor(undefined)],
    ['the secret itself', () => SECRET],
  ])('%s for a token is unauthorized', async (_, make) => {
    expect(await refusal({ auth: { token: await make() } })).toBe('unauthorized');
  });

  test.each<[string, (project: string) => readonly string[]]>([
    ['another project', () => ['project:other']],
    ['the batch of the same id', (project) => [`batch:${project}`]],
    ['a name that only begins like it', (project) => [`project:${project.slice(0, -1)}`]],
    ['the room’s name', (project) => [`project_${project}`]],
    ['nothing', () => []],
  ])('a token for %s does not open a room', async (_, channelsOf) => {
    const project = newId('p');
    const own = newId('own');
    const token = await tokenFor([...channelsOf(project), `project:${own}`]);
    const client = await MeshClient.open(cloud, { auth: { token } });
    for (const asked of [`project_${project}`, { room: `project_${project}` }])
      expect(await client.join(asked)).toEqual({ ok: false, error: 'forbidden' });
    await client.joinAll(`project_${own}`);
    await line(cloud, project);
    await client.sees(await line(cloud, own));
    expect(client.events).toHaveLength(1);
    client.close();
  });

  // A plain client knows of nothing that it could go on after, should its handshake die behind its answer.
  needs('sure-hand-offs', () => {
    test('a token that covers a room of the query opens it', async () => {
      const project = newId('p');
      const token = await tokenFor([`project:${project}`]);
      const client = await MeshClient.open(cloud, { query: { room: `project_${project}` }, auth: { token } });
      await client.sees(await line(cloud, project));
      client.close();
    });
  });

  test('a room of the query has to be covered as well', async () => {
    const query = { room: `project_${newId('p')}` };
    expect(await refusal({ query, auth: { token: await tokenFor(['project:other']) } })).toBe('forbidden');
    expect(await refusal({ query })).toBe('unauthorized');
  });

  test('a room that is none is bad_room, whatever the token', async () => {
    const client = await MeshClient.open(cloud, { auth: { token: await tokenFor(['*']) } });
    expect(await client.join('user_x')).toEqual({ ok: false, error: 'bad_room' });
    client.close();
  });

  needs('refusal-status', () => {
    test.each<[string, string, () => Promise<string>, number]>([
      ['of garbage', SOCKET_IO, async () => 'garbage', 401],
      ['that has expired', SOCKET_IO, () => tokenFor(['*'], { exp: secondsFromNow(-1) }), 401],
      ['of another room', `${SOCKET_IO}&room=project_7`, () => tokenFor(['project:8']), 403],
      ['at a room that is none', `${SOCKET_IO}&room=user_7`, async () => 'garbage', 400],
    ])('a bearer %s refuses the handshake', async (_, path, make, status) => {
      const refused = new SocketClient(cloud.socketUrl(path), bearer(await make())).refused();
      expect((await refused).status).toBe(status);
    });
  });

  test('nobody who is not connected yet joins or hears', async () => {
    const project = newId('p');
    const wire = await WireSocket.open(cloud, `${SOCKET_IO}&room=project_${project}`);
    wire.send(`421["join","project_${project}"]`);
    const token = await tokenFor([`project:${project}`]);
    const client = await MeshClient.open(cloud, { auth: { token } });
    await client.joinAll(`project_${project}`);
    await client.sees(await line(cloud, project));
    expect(wire.texts.filter((text) => text.includes(project) && text.startsWith('42'))).toEqual([]);
    wire.close();
    client.close();
  });

  // Where much has to be repeated, a token of seconds has ended before it has opened anything.
  needs('sure-hand-offs', () => {
    test('what a token has opened ends with it: nothing more comes', async () => {
      const project = newId('p');
      const exp = secondsFromNow(6);
      const token = await tokenFor([`project:${project}`], { exp });
      const client = await MeshClient.open(cloud, { auth: { token } });
      await client.joinAll(`project_${project}`);
      const id = await line(cloud, project);
      await client.sees(id);
      await until('the end of the token', () => Date.now() >= exp * 1_000 || undefined);
      await expectOpen(project, { auth: { token: await tokenFor([`project:${project}`]) } });
      expect(client.events.map(({ payload }) => payload.id)).toEqual([id]);
      client.close();
    });
  });

  needs('inside', () => {
    test('a quiet socket is closed by the minute’s pass once its token has expired, and nobody else’s', async () => {
      const twin = cloud.twin ?? expect.unreachable('it is a twin');
      const table = new TwinTable(twin);
      const others = new Set(twin.connections().map(({ id }) => id));
      try {
        const exp = secondsFromNow(3);
        const ends = await WireSocket.connected(cloud, { token: await tokenFor(['*'], { exp }) });
        const stays = await WireSocket.connected(cloud, { token: await tokenFor(['*']) });
        const opened = twin.connections().flatMap(({ id }) => (others.has(id) ? [] : [id]));
        expect(opened).toHaveLength(2);
        for (const id of opened) await table.age(id, 30);
        await until('the end of the token', () => Date.now() >= exp * 1_000 || undefined);
        await twin.fireSchedules();
        await ends.closed();
        expect(await stays.join(cloud, `project_${newId('p')}`)).toContain('"ok":true');
        stays.close();
      } finally {
        table.close();
      }
    });
  });
});
