/** An engine on NATS, and those who hear it: a socket for each session, or a subscriber that is on NATS itself. */
import { once } from 'node:events';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { WebSocket } from 'ws';

/** Handshakes under way at one time. */
const HANDSHAKES = 25;
/** About what an agent's answer takes. */
const PAYLOAD = JSON.stringify({ data: 'x'.repeat(200) });

/** Sessions that are played and heard. */
export interface Stage {
  readonly sessions: readonly string[];
  /** Publishes so many messages of one session. */
  say(session: string, count: number): void;
  /** Resolves when so many more messages of the session have been heard than when this was said last. */
  heard(session: string, count: number): Promise<void>;
  close(): Promise<void>;
}

/** Counts what is heard, and wakes who waits for it. */
class Ears {
  readonly #count = new Map<string, number>();
  readonly #waiting = new Map<string, { count: number; wake(): void }>();

  hear(session: string): void {
    const count = (this.#count.get(session) ?? 0) + 1;
    this.#count.set(session, count);
    this.#look(session);
  }

  heard(session: string, count: number): Promise<void> {
    return new Promise((wake) => {
      this.#waiting.set(session, { count, wake });
      this.#look(session);
    });
  }

  #look(session: string): void {
    const waiting = this.#waiting.get(session);
    const count = this.#count.get(session) ?? 0;
    if (!waiting || count < waiting.count) return;
    this.#count.set(session, count - waiting.count);
    this.#waiting.delete(session);
    waiting.wake();
  }
}

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

function speaker(connection: NatsConnection, root: string): Stage['say'] {
  return (session, count) => {
    for (let n = 0; n < count; n += 1) connection.publish(`${root}.${session}.agent.a1.output`, PAYLOAD);
  };
}

/** From NATS through the twin to a socket for each session. */
export async function openSockets(url: string, natsUrl: string, count: number): Promise<Stage> {
  const sessions = names('bench', count);
  const ears = new Ears();
  const sockets: WebSocket[] = [];
  const left = sessions.values();
  const lane = async (): Promise<void> => {
    for (const session of left) {
      const path = `${url.replace('http', 'ws')}/ws/arena/${session}`;
      const socket = new WebSocket(path, { perMessageDeflate: false });
      socket.on('message', () => ears.hear(session));
      await once(socket, 'open');
      sockets.push(socket);
    }
  };
  await Promise.all(Array.from({ length: Math.min(HANDSHAKES, count) }, lane));
  const connection = await connect({ servers: natsUrl });
  return {
    sessions,
    say: speaker(connection, 'arena'),
    heard: (session, more) => ears.heard(session, more),
    async close() {
      await connection.close();
      const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
      for (const socket of sockets) socket.terminate();
      await closed;
    },
  };
}

/** From NATS to a subscriber on NATS, under subjects that no bridge listens to. */
export async function openDirect(natsUrl: string, count: number): Promise<Stage> {
  const sessions = names('direct', count);
  const ears = new Ears();
  const [engine, listener] = await Promise.all([
    connect({ servers: natsUrl }),
    connect({ servers: natsUrl }),
  ]);
  listener.subscribe('direct.>', { callback: (_, { subject }) => ears.hear(subject.split('.')[1] ?? '') });
  await listener.flush();
  return {
    sessions,
    say: speaker(engine, 'direct'),
    heard: (session, more) => ears.heard(session, more),
    async close() {
      await Promise.all([engine.close(), listener.close()]);
    },
  };
}
