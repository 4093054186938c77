/** Whatever a NATS message carries has its place in a frame (contract row A4). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Arena, startArena } from '../../support/arena.ts';
import { newArena, PATIENCE_MS, seen, watch } from '../../support/arena-clients.ts';
import type { ArenaEngine } from '../../support/arena-engine.ts';

let arena: Arena;
let engine: ArenaEngine;
beforeAll(async () => {
  arena = await startArena();
  engine = await arena.engine();
});
afterAll(() => arena?.close());

/** Platform rule: a NATS server takes 1 MB unless it is told otherwise. */
const MAX_PAYLOAD = 1_048_576;

/** The data of the frame that comes of this payload. */
async function dataOf(payload: string | Uint8Array): Promise<unknown> {
  const session = newArena();
  const client = await watch(arena.cloud, session);
  await engine.publish(`arena.${session}.event.test`, payload);
  const [frame] = await seen(client, 1);
  await client.close();
  return frame?.[1];
}

describe('JSON is the value', () => {
  test.each([
    '{}',
    '{"a":{"b":[1,2.5,-3e4,true,null,"x"]}}',
    '[]',
    '0',
    '-12.5',
    '"a string"',
    '""',
    'true',
    'null',
    ' {"padded" : 1}\n',
    '{"id":"mine","seq":-1,"subject":"s","data":"d"}',
    '{"text":"quote \\" backslash \\\\ newline \\n tab \\t"}',
    '{"text":"東京 💥 é"}',
    '"\\ud800"',
    '{"__proto__":{"polluted":true},"constructor":1}',
  ])('%s', async (text) => {
    // Compared as text: a `__proto__` of its own is easily lost on the way.
    expect(JSON.stringify(await dataOf(text))).toBe(JSON.stringify(JSON.parse(text)));
  });
});

describe('what is not JSON is its text', () => {
  test.each([
    '',
    'hello',
    'Birds are government drones 💥',
    '{"cut":',
    "{'single': 1}",
    'undefined',
    'NaN',
    '[1,2',
    '{} {}',
    'a\u0000b\u001f',
    '\ufeffmarked',
    '\ufeff{"marked":1}',
    'line 1\nline 2\r\nline 3',
    ' ',
  ])('%j', async (text) => {
    expect(await dataOf(text)).toBe(text);
  });
});

describe('what is not UTF-8 is base64', () => {
  test.each([
    ['bytes', [0xff, 0xfe, 0x00, 0x80]],
    ['a cut character', [0x61, 0xe2, 0x82]],
    ['an overlong form', [0xc0, 0x80]],
    ['half of a pair', [0xed, 0xa0, 0x80]],
    ['JSON with a wrong byte in it', [...Buffer.from('{"a":"'), 0xe9, ...Buffer.from('"}')]],
  ])('%s', async (_, bytes) => {
    const payload = Uint8Array.from(bytes);
    expect(await dataOf(payload)).toEqual({ base64: Buffer.from(payload).toString('base64') });
  });
});

describe('100 KB', () => {
  test.each([
    ['text', 'x'.repeat(100_000)],
    ['JSON', JSON.stringify({ text: 'x'.repeat(100_000) })],
    ['characters of several bytes', '💥'.repeat(25_000)],
  ])('%s of nearly as much is relayed whole', async (_, payload) => {
    const expected = payload.startsWith('{') ? JSON.parse(payload) : payload;
    expect(await dataOf(payload)).toEqual(expected);
  });

  test.each<[string, string | Uint8Array]>([
    ['text', 'x'.repeat(102_401)],
    ['JSON', JSON.stringify({ text: 'x'.repeat(102_400) })],
    ['characters of several bytes', '💥'.repeat(26_000)],
    ['what takes more once it is quoted', '"'.repeat(60_000)],
    ['what takes more as base64', new Uint8Array(80_000).fill(0xff)],
    ['as much as NATS takes', 'x'.repeat(MAX_PAYLOAD)],
    ['as many bytes as NATS takes', new Uint8Array(MAX_PAYLOAD).fill(0xff)],
  ])('%s beyond it is replaced by its size', async (_, payload) => {
    expect(await dataOf(payload)).toEqual({ too_large: Buffer.byteLength(payload) });
  });

  test('what is too large takes nothing from what is before and behind it', async () => {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    const payloads = ['1', 'x'.repeat(MAX_PAYLOAD), '2', 'y'.repeat(200_000), '3'];
    for (const payload of payloads) engine.connection.publish(`arena.${session}.event.test`, payload);
    await engine.connection.flush();
    const data = (await seen(client, payloads.length)).map(([, value]) => value);
    expect(data).toEqual([1, { too_large: MAX_PAYLOAD }, 2, { too_large: 200_000 }, 3]);
    await client.close();
  });
});

test('JSON nested deeper than anybody reads stops nothing', async () => {
  const session = newArena();
  const client = await watch(arena.cloud, session);
  const deep = 40_000;
  await engine.publish(`arena.${session}.event.deep`, `${'['.repeat(deep)}${']'.repeat(deep)}`);
  await engine.tell(session, 'event.end', 1);
  const last = await client.frameWhere(({ subject }) => subject === 'event.end', PATIENCE_MS);
  expect(last.data).toBe(1);
  await client.close();
});
