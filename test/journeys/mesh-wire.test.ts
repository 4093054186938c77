/** Engine.IO and Socket.IO by hand: the handshake, the packets, and everything that a client should not send (contract rows M5, X4, X6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { MeshClient } from '../support/mesh-client.ts';
import { logLine } from '../support/mesh-events.ts';
import { newId, postOne } from '../support/mesh-webhook.ts';
import { can, needs } from '../support/needs.ts';
import { SocketClient } from '../support/socket-client.ts';
import { until } from '../support/until.ts';
import { contentOf, WireSocket } from '../support/wire-socket.ts';

let cloud: Cloud;
/** In a room that no other socket of this file is in. */
let witness: MeshClient;
const secret = newId('p');

beforeAll(async () => {
  cloud = await startCloud({ textFrames: true });
  witness = await MeshClient.open(cloud);
  await witness.joinAll(`project_${secret}`);
});
afterAll(async () => {
  witness?.close();
  await cloud?.close();
});

/** Something is posted that does not concern a socket; others get it, and this one does not hear of it. */
async function expectIsolated(wire: WireSocket): Promise<void> {
  const id = await postOne(cloud, logLine('j', 'for the witness alone', { project_id: secret }));
  await witness.sees(id);
  expect(wire.texts.filter((text) => text.includes(secret))).toEqual([]);
}

/** Whether a socket was closed cleanly, or is served as before. */
async function fate(wire: WireSocket): Promise<'closed' | 'served'> {
  const room = `project_${newId('p')}`;
  if (!wire.closing) wire.send(`4277["join","${room}"]`);
  return until(
    `a close, or an ack among ${JSON.stringify(wire.texts.slice(-3))}`,
    () => {
      if (wire.closing) {
        // 1006 would be a socket that broke.
        expect([1000, 1001, 1003, 1005, 1007, 1008, 1009]).toContain(wire.closing.code);
        return 'closed';
      }
      return wire.texts.some((text) => text.startsWith('4377[')) ? 'served' : undefined;
    },
    15_000,
  );
}

describe('the handshake', () => {
  test('is followed by one open packet, and by nothing else', async () => {
    const wire = await WireSocket.open(cloud);
    const [open = ''] = wire.texts;
    expect(contentOf(open)).toEqual({
      sid: expect.stringMatching(/^\S+$/),
      upgrades: [],
      pingInterval: expect.any(Number),
      pingTimeout: expect.any(Number),
      maxPayload: expect.any(Number),
    });
    const { pingInterval, pingTimeout } = contentOf(open) as { pingInterval: number; pingTimeout: number };
    expect(pingInterval).toBeLessThanOrEqual(9 * 60_000);
    expect(pingInterval + pingTimeout).toBeLessThan(2 ** 31);
    await expectIsolated(wire);
    expect(new Set(wire.texts)).toEqual(new Set([open]));
    wire.close();
  });

  needs('refusal-status', () => {
    test.each([
      ['of protocol 3', '/socket.io/?EIO=3&transport=websocket'],
      ['of no protocol', '/socket.io/?transport=websocket'],
      ['of protocol 5', '/socket.io/?EIO=5&transport=websocket'],
      ['by polling', '/socket.io/?EIO=4&transport=polling'],
      ['of no transport', '/socket.io/?EIO=4'],
      ['for a room that is none', '/socket.io/?EIO=4&transport=websocket&room=user_x'],
      ['for a path', '/socket.io/?EIO=4&transport=websocket&room=../'],
      ['for a room without an id', '/socket.io/?EIO=4&transport=websocket&room=project_'],
      ['for an empty room', '/socket.io/?EIO=4&transport=websocket&room='],
    ])('%s is refused: 400', async (_, path) => {
      expect((await new SocketClient(cloud.socketUrl(path)).refused()).status).toBe(400);
    });
  });
});

needs('sure-hand-offs', () => {
  describe('a socket of the main namespace', () => {
    test('is given a name of its own', async () => {
      const wire = await WireSocket.connected(cloud);
      const open = contentOf(await wire.packet(/^0/)) as { sid: string };
      const connect = contentOf(await wire.packet(/^40/)) as { sid: string };
      expect(connect).toEqual({ sid: expect.stringMatching(/^\S+$/) });
      expect(connect.sid).not.toBe(open.sid);
      wire.close();
    });

    test.each(['40/admin,', '40/admin,{"token":"x"}', '40/project_7,'])(
      'is refused another one: %s',
      async (packet) => {
        const wire = await WireSocket.open(cloud);
        wire.send(packet);
        const [namespace] = /\/[^,]*,/.exec(packet) ?? [];
        expect(await wire.packet(/^44/)).toBe(`44${namespace}{"message":"Invalid namespace"}`);
        await expectIsolated(wire);
        wire.close();
      },
    );

    test('may say pong without having been asked, and noop', async () => {
      const wire = await WireSocket.connected(cloud);
      wire.send('3');
      wire.send('6');
      expect(await fate(wire)).toMatch(/served|closed/);
      await expectIsolated(wire);
      wire.close();
    });

    test('that is connected twice hears of an event once', async () => {
      const project = newId('p');
      const wire = await WireSocket.connected(cloud);
      await wire.join(cloud, `project_${project}`);
      wire.send('40');
      const state = await fate(wire);
      const id = await postOne(cloud, logLine('j', 'once', { project_id: project }));
      if (state === 'served') await wire.packet(new RegExp(`^42.*"${id}"`)).catch(() => undefined);
      await expectIsolated(wire);
      const heard = new Set(wire.texts.filter((text) => text.startsWith('42') && text.includes(id)));
      expect(heard.size).toBeLessThanOrEqual(1);
      wire.close();
    });

    test('is in no room before it is connected', async () => {
      const project = newId('p');
      const wire = await WireSocket.open(cloud);
      wire.send(`421["join","project_${project}"]`);
      await postOne(cloud, logLine('j', 'too early', { project_id: project }));
      await expectIsolated(wire);
      expect(wire.texts.filter((text) => text.startsWith('42') || text.includes('"ok":true'))).toEqual([]);
      wire.close();
    });

    needs('closed-sockets', () => {
      test('is closed when it says so', async () => {
        const wire = await WireSocket.connected(cloud);
        wire.send('1');
        expect([1000, 1001, 1005]).toContain((await wire.closed()).code);
      });
    });
  });
});

const deep = `${'['.repeat(2_000)}${']'.repeat(2_000)}`;

needs('sure-hand-offs', () => {
  describe('what no client should send', () => {
    /** `closed`: there is no sense in it at all, and the socket ends cleanly. */
    test.each<[string, string | Buffer, 'closed' | 'either']>([
      ['nothing', '', 'either'],
      ['no packet of Socket.IO', '4', 'closed'],
      ['an event without a list', '42', 'closed'],
      ['an event that breaks off', '42[', 'closed'],
      ['an event that is an object', '42{}', 'closed'],
      ['an event without a name', '42[]', 'closed'],
      ['an event whose name is an object', '42[{}]', 'closed'],
      ['an event whose text is not closed', '421["join"', 'closed'],
      ['an unknown type', '99', 'closed'],
      ['an unknown type of Socket.IO', '49', 'closed'],
      ['words', 'hello', 'closed'],
      ['JSON', '{"action":"ping"}', 'closed'],
      ['a huge ack id', `42${'9'.repeat(400)}["join","project_${secret}x"]`, 'either'],
      ['an ack id beyond safe numbers', '4299999999999999999999["leave","project_7"]', 'either'],
      ['deep JSON', `421["join",${deep}]`, 'either'],
      ['deep auth', `40${deep}`, 'either'],
      ['auth that is no object', '40"x"', 'either'],
      ['__proto__ as a name', '421["__proto__",{"room":"project_7"}]', 'either'],
      ['constructor as a name', '421["constructor"]', 'either'],
      ['__proto__ as a member', '421["join",{"__proto__":{"room":"project_7"}}]', 'either'],
      ['a number as a name', '421[7,"project_7"]', 'either'],
      ['connect as a name', '421["connect"]', 'either'],
      ['disconnect as a name', '421["disconnect"]', 'either'],
      ['an event of a namespace that it is not in', '42/admin,1["join","project_7"]', 'either'],
      ['an ack that nobody asked for', '431[]', 'either'],
      ['an ack without a number', '43[]', 'either'],
      ['an error', '44{"message":"x"}', 'either'],
      ['a binary event', '451-["join",{"_placeholder":true,"num":0}]', 'either'],
      ['a binary ack', '461-1[{"_placeholder":true,"num":0}]', 'either'],
      ['base64', 'bAAAA', 'either'],
      ['an open packet', '0{}', 'either'],
      ['a ping, which is the server’s to send', '2', 'either'],
      ['a probe, as before an upgrade', '2probe', 'either'],
      ['an upgrade', '5', 'either'],
      ['a zero byte', '42["jo\u0000in"]', 'either'],
    ])('%s', async (_, packet, expected) => {
      const wire = await WireSocket.connected(cloud);
      wire.send(packet);
      if (can('closed-sockets')) {
        const ending = await fate(wire);
        if (expected === 'closed') expect(ending).toBe(expected);
      }
      await expectIsolated(wire);
      wire.close();
    });

    needs('closed-sockets', () => {
      test.each<[string, string | Buffer, number]>([
        ['33 KB', `421["join","${'x'.repeat(33 * 1024)}"]`, 1009],
        ['a binary frame', Buffer.from([0x34, 0x32]), 1003],
      ])('%s ends it', async (_, packet, code) => {
        const wire = await WireSocket.connected(cloud);
        wire.send(packet);
        expect((await wire.closed()).code).toBe(code);
        await expectIsolated(wire);
      });
    });
  });
});
