/** What two peers say to each other: every frame as it was sent, once, to nobody else (contract row P3). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { NO_PEER } from '../support/peer-client.ts';
import { greet, pass, withPair } from '../support/peer-pair.ts';

/** A gateway's frames are of 32 KB at most. */
const LARGEST = 32 * 1_024 - 1;

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ textFrames: true });
});
afterAll(() => cloud?.close());

/** Each of them there and back. */
function exchange(texts: readonly string[]): Promise<void> {
  return withPair(cloud, async ({ client, server }) => {
    for (const text of texts) {
      await pass(client, server, text);
      await pass(server, client, text);
    }
  });
}

describe('a frame arrives as it is, either way:', () => {
  test.each<[string, readonly string[]]>([
    [
      'JSON that others would take for their own',
      [
        '{"action":"ping"}',
        '{"action":"$disconnect","route":"$connect"}',
        JSON.stringify(NO_PEER),
        '{"type":"ready","channel":"x","head":"0"}',
        '2',
        '$input.body #set($a = 1) {{y}} <script>',
      ],
    ],
    [
      'JSON that would not survive being parsed',
      [
        '{ "action" : "resume",\n\t"after": "x" , "n": 1.0 }',
        '{"action":',
        '{"a":1,"a":2,"__proto__":{"b":1}}',
        '12345678901234567890.10e400',
      ],
    ],
    ['next to nothing', ['null', '[]', '""', ' ', '\r\n\n\r', '\uFEFFabc', 'a\u0000b', '\u2028\u2029']],
    ['text beyond ASCII', ['żółć Ω 漢字 עִבְרִית ไทย', '👩‍👩‍👧‍👦 𝕏 🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'é e\u0301 Å \u212B']],
    [
      'text that stands for something else',
      [Buffer.from([0, 255, 128, 10, 13]).toString('base64'), 'a=b&c=%20+%zz'],
    ],
  ])('%s', async (_, texts) => {
    await exchange(texts);
  });

  test.each<[string, string]>([
    ['of one byte a character', 'x'.repeat(LARGEST)],
    ['of three bytes a character', '漢'.repeat(Math.floor(LARGEST / 3))],
    ['of four bytes a character', '🎈'.repeat(Math.floor(LARGEST / 4))],
    ['that grow when they are written as JSON', '"\\\u0001'.repeat(Math.floor(LARGEST / 3))],
  ])('almost 32 KB %s', async (_, text) => {
    await exchange([text]);
  });
});

describe('frames', () => {
  test('of one message of more than 32 KB arrive as one message', async () => {
    await withPair(cloud, async ({ client, server }) => {
      const text = Array.from({ length: 10_000 }, (_, n) => `${n}`.padStart(10)).join('');
      client.sendInFrames(text, LARGEST);
      expect((await server.frames(1))[0] === text, 'as it was sent').toBe(true);
    });
  });

  test('arrive in order where their sender leaves time between them', async () => {
    await withPair(cloud, async ({ client, server }) => {
      for (let n = 1; n <= 12; n += 1) {
        await pass(client, server, `ping ${n}`);
        if (n % 2 === 0) await pass(server, client, `pong ${n}`);
      }
      expect(server.texts).toEqual(client.sent);
      expect(client.texts).toEqual(server.sent);
    });
  });

  test('that are sent back to back arrive all, each of them once', async () => {
    const COUNT = 10;
    await withPair(cloud, async (pair) => {
      const { session, client, server } = pair;
      for (let n = 1; n <= COUNT; n += 1) {
        client.send(`${session} from the client ${n}`);
        server.send(`${session} from the server ${n}`);
      }
      const [there, back] = await Promise.all([server.frames(COUNT), client.frames(COUNT)]);
      expect(there.toSorted()).toEqual(client.sent.toSorted());
      expect(back.toSorted()).toEqual(server.sent.toSorted());
      // Whatever came twice would have come by the time that one more has gone both ways.
      await greet(pair);
      expect([client.texts.length, server.texts.length]).toEqual([COUNT + 1, COUNT + 1]);
    });
  });

  test('of many sessions at once never cross', async () => {
    const play = () =>
      withPair(cloud, async (pair) => {
        for (let turn = 1; turn <= 5; turn += 1) await greet(pair);
        for (const peer of [pair.client, pair.server]) expect(peer.texts).toHaveLength(5);
      });
    await Promise.all(Array.from({ length: 10 }, play));
  });
});
