/** docs/surfaces/arena.md says what the code says. test/clients/arena.test.ts runs its commands. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../infra/settings.ts';
import { readOptions } from '../../local/options.ts';
import { keys } from '../../shared/adapters/dynamodb/table.ts';
import { readCredentials } from '../../shared/adapters/nats/credentials.ts';
import { messageEvent } from '../../shared/arena/event.ts';
import { readSubject } from '../../shared/arena/subject.ts';
import { limits } from '../../shared/core/limits.ts';
import { relayDocument } from '../../shared/openapi/relay-document.ts';
import { arena } from '../../shared/surfaces/arena.ts';

const text = readFileSync(new URL('../../docs/surfaces/arena.md', import.meta.url), 'utf8');

function section(heading: string): string {
  const [, rest = ''] = text.split(`\n## ${heading}\n`);
  return rest.split('\n## ')[0] ?? '';
}

const firstCells = (part: string): string[] =>
  [...part.matchAll(/^\| `?([^`|]+?)`? +\|/gm)]
    .map(([, cell = '']) => cell)
    .filter((cell) => !/^-+$/.test(cell));

const dataOf = (payload: Uint8Array): unknown => JSON.parse(messageEvent('a.b', payload)).data;

describe('docs/surfaces/arena.md', () => {
  it('starts the relay, its NATS server and its engine at the ports that they have by themselves', () => {
    const [, url = ''] = /^NATS_URL=(\S+) npm start$/m.exec(text) ?? [];
    expect(readOptions({ NATS_URL: url }).context).toEqual({ 'relay:natsUrl': url });
    expect(new URL(url).port).toBe('4222');
    const { port } = readOptions({});
    for (const [, at] of text.matchAll(/127\.0\.0\.1:(8\d{3})/g)) expect(Number(at)).toBe(port);
  });

  it('has the routes and paths of the surface', () => {
    const named = (path: string) => path.replace('{session_id}', '<session>');
    for (const path of [...arena.socketPaths, arena.eventsPath]) expect(text).toContain(named(path));
    for (const path of [
      arena.initPath,
      arena.submitPath,
      arena.newsPath.replace('{session_id}', '<session_id>'),
    ]) {
      expect(section('What the game master says')).toContain(`| \`POST ${path}\``);
    }
  });

  it('has every status that a command may be answered with', () => {
    const { responses } = relayDocument().paths[arena.initPath]?.post ?? { responses: {} };
    // Those of every route apart.
    const refused = Object.keys(responses).filter((status) => /^(4|503)/.test(status));
    const [, told = ''] = section('What the game master says').split('`application/problem+json`:');
    const cells = firstCells(told).filter((cell) => cell !== 'status');
    expect(cells.sort()).toEqual(refused.sort());
  });

  it('names only subjects that are relayed, and as never relayed only those that are not', () => {
    const subjects = firstCells(section('What front ends get')).filter((cell) => /^[\w<>]+\./.test(cell));
    expect(subjects).toHaveLength(10);
    for (const subject of subjects) {
      const suffix = subject.replace('<aid>', 'marcus-001');
      expect(readSubject(`arena.test-001.${suffix}`)).toEqual({ session: 'test-001', suffix });
    }
    for (const never of ['arena.test-001.input.fakenews', 'arena.init'])
      expect(readSubject(never)).toBeUndefined();
  });

  it('has the forms that payloads take', () => {
    const bytes = (value: string) => new TextEncoder().encode(value);
    expect(dataOf(bytes('{"a": 1}'))).toEqual({ a: 1 });
    expect(dataOf(bytes(''))).toBe('');
    expect(text).toContain('`{"base64": "…"}`');
    expect(dataOf(Uint8Array.of(0xff))).toEqual({ base64: '/w==' });
    expect(text).toContain('`{"too_large": <bytes of the payload>}`');
    expect(dataOf(new Uint8Array(200_000))).toEqual({ too_large: 200_000 });
  });

  it('has the limits of the code', () => {
    expect(text).toContain(`than ${limits.eventBytes.toLocaleString('en')} bytes`);
    expect(text).toContain(`than ${limits.bodyBytes.toLocaleString('en')} bytes`);
    expect(text).toContain(`within ${limits.natsMs / 1_000} seconds`);
    expect(text).toContain(`for ${limits.outageDays} days`);
  });

  it('asks the table for recorded intervals where they are', () => {
    const [, partition] = /":gaps": \{"S": "(\w+)"\}/.exec(text) ?? [];
    expect(keys.outage('2026-11-21T12:00:00.000Z')).toEqual({
      pk: { S: partition },
      sk: { S: '2026-11-21T12:00:00.000Z' },
    });
  });

  it('has credentials and settings that are taken as they are written', () => {
    const examples = [...section('Who may').matchAll(/`(\{"(?:user|token|creds)".*?\})`/g)].map(
      ([, one = '']) => one,
    );
    expect(examples).toHaveLength(3);
    for (const example of examples.slice(0, 2)) {
      expect(readCredentials(example.replaceAll('…', 'a'))).toMatchObject({
        authenticator: expect.any(Function),
      });
    }
    // A text that is no key would be refused by the library behind it.
    expect(JSON.parse(examples[2] ?? '')).toEqual({ creds: '…', tls: { ca: '…', cert: '…', key: '…' } });
    expect(readSettings({ 'relay:openArena': 'true' }).openArena).toBe(true);
    for (const url of ['nats://host:4222', 'tls://host:4222,tls://other:4222']) {
      const settings = readSettings({ 'relay:natsUrl': url, 'relay:natsBridge': 'elsewhere' });
      expect([settings.natsUrl, settings.natsBridge]).toEqual([url, 'elsewhere']);
    }
  });
});
