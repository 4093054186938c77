/**
 * Many pairs of peers at once. Either side says its next frame when the other has heard the one before, so that the load follows
 * the machine. A frame names its pair, its side and its number all over: one that is lost, crossed, doubled or changed is not the
 * one that is due where it comes.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Cloud, startTwinCloud } from '../support/cloud.ts';
import { newSession, peerToken, relayPath } from '../support/peer-tokens.ts';
import { until } from '../support/until.ts';

const PAIRS = 200;
const FRAME_BYTES = 1_024;
const EXCHANGE_MS = 30_000;
/** Frames of each side, however slow the machine. */
const LEAST = 10;
/** A gateway takes 500 new connections a second. */
const AT_ONCE = 25;
/** So that bytes are not characters. */
const TAIL = 'é€𝄞';

/** What this speaker says as its `n`th frame, from 0. */
function frameOf(speaker: string, n: number): string {
  return `${speaker} ${n}; `.repeat(FRAME_BYTES).slice(0, FRAME_BYTES - Buffer.byteLength(TAIL)) + TAIL;
}

class Side {
  readonly name: string;
  said = 0;
  saidBytes = 0;
  heard = 0;
  heardBytes = 0;
  closeCode: number | undefined;
  /** The first frame that was not the one that was due. */
  #alien: string | undefined;
  readonly #socket: WebSocket;

  static async open(url: string, name: string): Promise<Side> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const side = new Side(socket, name);
    await once(socket, 'open');
    return side;
  }

  private constructor(socket: WebSocket, name: string) {
    this.#socket = socket;
    this.name = name;
    socket.on('close', (code) => {
      this.closeCode = code;
    });
  }

  get trouble(): string | undefined {
    return this.#alien ?? (this.closeCode === undefined ? undefined : `was closed with ${this.closeCode}`);
  }

  /** `onHeard` follows each frame of the other side that was due. */
  listenTo(other: Side, onHeard: () => void): void {
    this.#socket.on('message', (data, isBinary) => {
      const text = data.toString();
      this.heardBytes += Buffer.byteLength(text);
      if (isBinary || text !== frameOf(other.name, this.heard)) {
        this.#alien ??= `heard, where frame ${this.heard} was due: ${text.slice(0, 200)}`;
        return;
      }
      this.heard += 1;
      onHeard();
    });
  }

  say(): void {
    const text = frameOf(this.name, this.said);
    this.said += 1;
    this.saidBytes += Buffer.byteLength(text);
    this.#socket.send(text);
  }

  close(): void {
    this.#socket.close();
  }
}

interface Pair {
  readonly session: string;
  readonly client: Side;
  readonly server: Side;
}

async function openPair(cloud: Cloud, token: string, index: number): Promise<Pair> {
  const session = newSession(`crowd-${index}`);
  const url = cloud.socketUrl(relayPath(session, token));
  const client = await Side.open(url, `client of pair ${index}`);
  return { session, client, server: await Side.open(url, `server of pair ${index}`) };
}

/** Does it with all of them, so many at a time. */
async function inLanes<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const lane = async (): Promise<void> => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

test(`${PAIRS} pairs talk both ways: each hears all that its own peer says, once, as it was said, and is metered to the byte`, async () => {
  const cloud = await startTwinCloud();
  try {
    const token = await peerToken(cloud);
    const pairs: Pair[] = [];
    await inLanes([...Array(PAIRS).keys()], async (index) => {
      pairs.push(await openPair(cloud, token, index));
    });
    const sides = pairs.flatMap(({ client, server }) => [client, server]);

    let isOn = true;
    for (const { client, server } of pairs) {
      const go = (speaker: Side) => (): void => {
        if (isOn || speaker.said < LEAST) speaker.say();
      };
      server.listenTo(client, go(client));
      client.listenTo(server, go(server));
    }
    for (const side of sides) side.say();
    await sleep(EXCHANGE_MS);
    isOn = false;
    for (const { session, client, server } of pairs) {
      await until(
        `the last frames of ${session} are heard`,
        () => {
          for (const side of [client, server])
            if (side.trouble !== undefined) throw new Error(`${side.name} ${side.trouble}`);
          return (client.said === server.heard && server.said === client.heard) || undefined;
        },
        60_000,
      );
    }
    await inLanes(pairs, async ({ session, client, server }) => {
      client.close();
      await until(
        `both are closed of ${session}`,
        () => (client.closeCode && server.closeCode) || undefined,
        60_000,
      );
    });
    const closed = () =>
      cloud.lines.filter((line) => line.includes('"event":"session_closed"')).map((line) => JSON.parse(line));
    await until('a line about every session', () => closed().length >= PAIRS || undefined, 60_000);
    const bySession = (one: { session_id: string }, other: { session_id: string }) =>
      one.session_id < other.session_id ? -1 : 1;
    // Once all is over: a frame that came twice has shown by now.
    const measured = pairs.map(({ session, client, server }) => {
      expect([server.heard, server.heardBytes]).toEqual([client.said, client.saidBytes]);
      expect([client.heard, client.heardBytes]).toEqual([server.said, server.saidBytes]);
      return {
        session_id: session,
        bytes_client_to_server: client.saidBytes,
        bytes_server_to_client: server.saidBytes,
        total_bytes: client.saidBytes + server.saidBytes,
        frames: client.said + server.said,
        reason: 'left',
      };
    });
    expect(closed().toSorted(bySession)).toMatchObject(measured.toSorted(bySession));
  } finally {
    await cloud.close();
  }
}, 300_000);
