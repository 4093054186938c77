/** Two peers that are other people's programs: Python beside Node, and wscat as the source document prints it (contract rows P1 to P3, P5 to P7). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addresses } from '../support/cloud.ts';
import { PeerClient } from '../support/peer-client.ts';
import { pass, SIDES } from '../support/peer-pair.ts';
import { newSession, peerToken, relayPath } from '../support/peer-tokens.ts';
import { until } from '../support/until.ts';
import { npmStart, paste, pythonWithWebsockets, type Started, type Watcher, watch } from './programs.ts';

const SECRET_KEY = 'the-secret-that-signaling-server-and-relay-share';
/** How long somebody who types waits before typing again, as off a terminal wscat does not say that it is connected. */
const TYPING_MS = 200;
const texts = ['hello', '{"action":"ping"}', 'żółć 漢字 👩‍👩‍👧‍👦', 'two\nlines', 'x'.repeat(30_000)];

let relay: Started;
let python: string;
const programs: Watcher[] = [];

beforeAll(async () => {
  python = await pythonWithWebsockets();
  relay = await npmStart({ SECRET_KEY, NATS_URL: '' });
});
afterAll(async () => {
  for (const program of programs) program.stop();
  await relay?.stop();
});

const newToken = () => peerToken({ peerSecret: SECRET_KEY });

function started(program: Watcher): Watcher {
  programs.push(program);
  return program;
}

function urlOf(session: string, token: string): string {
  return addresses(relay.url).socketUrl(relayPath(session, token));
}

async function pythonPeer(session: string, token?: string): Promise<Watcher> {
  return started(watch(python, ['test/clients/peer.py', urlOf(session, token ?? (await newToken()))]));
}

async function nodePeer(session: string): Promise<PeerClient> {
  return PeerClient.open(urlOf(session, await newToken()));
}

/** The line about a session's end, as `npm start` prints it. */
function lineAbout(session: string): Promise<Record<string, unknown>> {
  return until(`a line about ${session}`, () => {
    const lines = relay.output().split('\n').slice(0, -1);
    const line = lines.find((text) => text.includes('"session_closed"') && text.includes(session));
    return line === undefined ? undefined : JSON.parse(line);
  });
}

const bytesOf = (all: readonly string[]) => all.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

describe('Python beside Node', () => {
  it.each(SIDES)('says and hears every frame as it is, with Python as the %s', async (side) => {
    const session = newSession();
    const early = side === 'client' ? await pythonPeer(session) : undefined;
    await early?.sees(/^READY$/m);
    const node = await nodePeer(session);
    const peer = early ?? (await pythonPeer(session));
    await peer.sees(/^READY$/m);
    for (const [index, text] of texts.entries()) {
      peer.write(`${JSON.stringify(text)}\n`);
      expect((await node.frames(index + 1)).at(-1)).toBe(text);
      node.send(text);
      const seen = await peer.sees(new RegExp(`^FRAME ${index + 1} (".*")\\n`, 'm'));
      expect(JSON.parse(seen[1] ?? '')).toBe(text);
    }
    await node.close();
    await peer.sees(/^CLOSED \d+$/m);
    expect(await lineAbout(session)).toMatchObject({
      event: 'session_closed',
      bytes_client_to_server: bytesOf(texts),
      bytes_server_to_client: bytesOf(texts),
      total_bytes: 2 * bytesOf(texts),
      reason: 'left',
    });
  });

  it('leaves, and Node is closed too', async () => {
    const session = newSession();
    const peer = await pythonPeer(session);
    await peer.sees(/^READY$/m);
    const node = await nodePeer(session);
    peer.stop();
    expect(await node.closed()).toBeDefined();
  });

  it('is refused without a good token, and where there are two already', async () => {
    const session = newSession();
    await (await pythonPeer(session, 'garbage')).sees(/^REFUSED 401$/m);
    const [one, other] = [await nodePeer(session), await nodePeer(session)];
    await (await pythonPeer(session)).sees(/^REFUSED 409$/m);
    await pass(one, other, 'still here');
    await one.close();
  });
});

describe('wscat, as printed', () => {
  /** A terminal of the source document, apart from host and port. */
  function terminal(token: string): Watcher {
    const host = new URL(relay.url).host;
    const commands = `
      PATH="$PWD/node_modules/.bin:$PATH"
      TOKEN="${token}"
      exec wscat -c "ws://${host}/relay/test-session-123?token=$TOKEN"`;
    return started(watch('bash', ['-euc', commands]));
  }

  /** Types it again and again, until a terminal shows what is looked for. */
  async function typeUntil(from: Watcher, text: string, at: Watcher, look: RegExp): Promise<void> {
    from.write(`${text}\n`);
    const typing = setInterval(() => from.write(`${text}\n`), TYPING_MS);
    try {
      await at.sees(look);
    } finally {
      clearInterval(typing);
    }
  }

  it('shows in either terminal what is typed in the other, with the same token in both', async () => {
    const token = await newToken();
    const first = terminal(token);
    await typeUntil(first, 'is anybody there?', first, /\{"type": ?"error", ?"error": ?"no_peer"\}/);
    const second = terminal(token);
    await typeUntil(second, 'Hello from terminal 2', first, /Hello from terminal 2/);
    first.write('Hello, this is terminal 1: {"n": 1}\n');
    await second.sees(/Hello, this is terminal 1: \{"n": 1\}\n/);
    second.stop();
    await first.ended();
    expect(await lineAbout('test-session-123')).toMatchObject({ session_id: 'test-session-123' });
  });
});

it('answers curl’s look at its health, as printed', async () => {
  const { stdout } = await paste(`curl -sS -w '\\n%{http_code}' ${relay.url}/health`);
  const [body = '', status] = stdout.split('\n');
  expect([JSON.parse(body), status]).toEqual([
    { status: 'ok', service: 'relay', nats_connected: false },
    '200',
  ]);
});
