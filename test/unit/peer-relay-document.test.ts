/** docs/surfaces/peer-relay.md says what the code says, and its commands work as they are printed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../infra/settings.ts';
import { readOptions } from '../../local/options.ts';
import { peerTokenBySecrets } from '../../shared/auth/peer-token.ts';
import { limits } from '../../shared/core/limits.ts';
import { NO_PEER } from '../../shared/peers/forward.ts';
import type { Reason } from '../../shared/peers/ports.ts';
import { readPeerQuery } from '../../shared/surfaces/peer-relay.ts';

const reasons: Readonly<Record<Reason, true>> = {
  left: true,
  gone: true,
  idle: true,
  alone: true,
  expired: true,
  bytes: true,
  seconds: true,
  frames: true,
  undelivered: true,
};

const text = readFileSync(new URL('../../docs/surfaces/peer-relay.md', import.meta.url), 'utf8');
const commands = [...text.matchAll(/^```\n(.*?)^```$/gms)].map(([, block = '']) => block.trim());
const commandThat = (begins: string): string =>
  commands.find((command) => command.startsWith(begins)) ?? expect.unreachable(`nothing begins ${begins}`);

/** The first cells of the table below a heading, without their backquotes. */
function firstCells(heading: string): string[] {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  return [...table.matchAll(/^\| `(\w+)` +\|/gm)].map(([, cell = '']) => cell);
}

describe('docs/surfaces/peer-relay.md', () => {
  it('makes a token with Node alone that npm start takes, for any session and an hour', async () => {
    const token = execFileSync('sh', ['-c', `${commandThat('TOKEN=')}\nprintf %s "$TOKEN"`], {
      encoding: 'utf8',
      env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    });
    const secret = readOptions({}).environment.SECRET_KEY ?? '';
    const now = Date.now();
    const found = await peerTokenBySecrets(token, [secret], now);
    expect(found).toEqual({ until: expect.any(Number) });
    expect(found?.until).toBeGreaterThan(now);
    expect(found?.until).toBeLessThanOrEqual(now + 3_600_000);
  });

  it('connects to a session at the port of npm start', () => {
    const [, address = ''] = /-c "(.*)"$/.exec(commandThat('npx wscat')) ?? [];
    const { protocol, port, pathname, searchParams } = new URL(address);
    expect([protocol, Number(port)]).toEqual(['ws:', readOptions({}).port]);
    const query = (name: string) => (name === 'path' ? [pathname] : searchParams.getAll(name));
    expect(readPeerQuery(query)).toEqual({ session: 'test-session-123', token: '$TOKEN' });
  });

  it('has the frame that tells a peer that it is alone', () => {
    expect(commands).toContain(NO_PEER);
  });

  it('has every reason for an end, and no other', () => {
    expect(firstCells('The end').sort()).toEqual(Object.keys(reasons).sort());
  });

  it('has limits and settings of tokens that hold as they are written', () => {
    const [, example = ''] = /such as `(\{"bytes".*?\})`/.exec(text) ?? [];
    const { peerLimits } = readSettings({ 'relay:peerLimits': example });
    expect(Object.keys(peerLimits).sort()).toEqual(firstCells('Limits').sort());
    const [, shape = ''] = /^`(\{"jwksUrl".*\})`/m.exec(text) ?? [];
    const filled = shape
      .replace('"jwksUrl": …', '"jwksUrl": "https://id.example/keys"')
      .replace('[…]', '["HS256", "ES256"]')
      .replaceAll('…', '"a"');
    const { peerTokens } = readSettings({ 'relay:peerTokens': filled });
    expect(peerTokens).toEqual(JSON.parse(filled));
    expect(peerTokens).toMatchObject({ requireSession: false, distinctTokens: false });
  });

  it('has the sizes and times of the code', () => {
    const told = [
      `more than ${limits.messageBytes.toLocaleString('en')} bytes`,
      `for ${limits.fanOutMs / 1_000} seconds at the most`,
      `since it was paired; at most ${limits.connectionSeconds.toLocaleString('en')} `,
    ];
    expect(told.filter((words) => !text.includes(words))).toEqual([]);
    expect([limits.connectSeconds, limits.usageDays]).toEqual([10, 365]);
  });
});
