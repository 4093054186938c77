/** Senders and clients of live events: sockets that count their frames, and POSTs over kept connections. */
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';

/** Handshakes under way at one time, about what a fleet that reconnects brings. */
const HANDSHAKES = 50;

export interface Audience {
  /** Resolves once every socket together has had this many frames since it opened. */
  heard(frames: number): Promise<void>;
  close(): Promise<void>;
}

export async function openAudience(url: string, tenant: string, count: number): Promise<Audience> {
  let frames = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let satisfied = () => {};
  const sockets: WebSocket[] = [];
  const open = async (): Promise<void> => {
    while (sockets.length < count) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/stream?tenant=${tenant}`, {
        perMessageDeflate: false,
      });
      sockets.push(socket);
      socket.on('message', () => {
        frames += 1;
        if (frames >= wanted) satisfied();
      });
      await settled(socket, 'open');
    }
  };
  await Promise.all(Array.from({ length: Math.min(HANDSHAKES, count) }, open));
  return {
    heard: (expected) =>
      new Promise((resolve) => {
        wanted = expected;
        satisfied = resolve;
        if (frames >= wanted) resolve();
      }),
    async close() {
      const closed = Promise.all(sockets.map((socket) => settled(socket, 'close')));
      for (const socket of sockets) socket.terminate();
      await closed;
    },
  };
}

function settled(socket: WebSocket, event: 'open' | 'close'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve());
    socket.once('error', reject);
  });
}

export interface Senders {
  /** Sends the body that many times, each sender one after another; rejects on the first refusal. */
  send(body: unknown, times: number): Promise<void>;
  close(): void;
}

export function makeSenders(url: string, token: string, count: number): Senders {
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  const headers = { 'content-type': 'application/json', 'x-relay-token': token };
  const post = (body: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const sent = request(`${url}/webhook/modal`, { agent, method: 'POST', headers }, (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 202) resolve();
          else reject(new Error(`a publish was answered ${response.statusCode}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    async send(body, times) {
      const text = JSON.stringify(body);
      let left = times;
      const sender = async (): Promise<void> => {
        for (; left > 0; await post(text)) left -= 1;
      };
      await Promise.all(Array.from({ length: count }, sender));
    },
    close: () => agent.destroy(),
  };
}
