/** Pairs of peers that talk: plain sockets, which say the next frame when the other side has heard the one before. */
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** Handshakes under way at one time. */
const HANDSHAKES = 20;
const TOKEN_SECONDS = 3_600;

export interface Talk {
  /** Of each side that speaks. */
  readonly frames: number;
  readonly bytes: number;
  /** Whether the second peer speaks as well, at the same time. */
  readonly isMutual: boolean;
}

export interface Pairs {
  /** Resolves once all is heard: how long each frame was on its way, milliseconds. */
  talk(talk: Talk): Promise<number[]>;
  close(): Promise<void>;
}

/** A token that opens any session, as the signaling server signs it. */
function signed(secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp })}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

export async function openPairs(url: string, secret: string, count: number): Promise<Pairs> {
  const token = signed(secret);
  const pairs: [WebSocket, WebSocket][] = [];
  const open = async (path: string): Promise<WebSocket> => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { perMessageDeflate: false });
    await once(socket, 'open');
    return socket;
  };
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const path = `/relay/bench-${randomUUID()}?token=${token}`;
      pairs.push([await open(path), await open(path)]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(HANDSHAKES, count) }, lane));
  return {
    async talk({ frames, bytes, isMutual }) {
      const times: number[] = [];
      const text = 'x'.repeat(bytes);
      const ways = pairs.flatMap(([a, b]) =>
        isMutual ? [[a, b] as const, [b, a] as const] : [[a, b] as const],
      );
      await Promise.all(
        ways.map(async ([from, to]) => {
          for (let n = 0; n < frames; n += 1) {
            const heard = once(to, 'message');
            const at = performance.now();
            from.send(text);
            await heard;
            times.push(performance.now() - at);
          }
        }),
      );
      return times;
    },
    async close() {
      const sockets = pairs.flat();
      const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
      for (const socket of sockets) socket.terminate();
      await closed;
    },
  };
}
