/**
 * HTTP/1.1 calls over a bounded number of kept connections, one call at a time on each. It does what a fan-out needs and
 * no more: a call is one write, an answer is its status. Node's own client costs three times as much CPU a call, most of
 * it for generality that signed posts to one host have no use for (docs/decisions/0007).
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type HttpAnswer, HttpAnswerReader } from './http-answer.ts';

export interface PoolSettings {
  readonly isTls: boolean;
  readonly hostname: string;
  readonly port: number;
  /** Connections at one time; further calls wait. */
  readonly width: number;
  /** A connection that is silent for so long in the middle of a call has failed. */
  readonly silenceMs: number;
  /**
   * A connection that was idle for longer is not used again. A function is frozen between two invocations and does not see that the
   * other side has closed it; a call on it would fail without anybody knowing whether it was heard.
   */
  readonly idleMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface Call {
  readonly message: string;
  succeed(status: number): void;
  fail(error: Error): void;
}

interface Connection {
  readonly socket: Socket;
  reader: HttpAnswerReader;
  call: Call | undefined;
  /** Epoch milliseconds. */
  idleSince: number;
}

/** Sends one whole HTTP message, head and body; resolves with the status of its answer. */
export type SendMessage = (message: string) => Promise<number>;

export function makeHttpPool(settings: PoolSettings): SendMessage {
  const { silenceMs, idleMs, width, now } = settings;
  const open = makeOpener(settings);
  const idle: Connection[] = [];
  const waiting: Call[] = [];
  let connections = 0;

  const run = (connection: Connection, call: Call): void => {
    connection.call = call;
    connection.reader = new HttpAnswerReader();
    connection.socket.ref();
    connection.socket.write(call.message);
  };

  /** The other side has closed it: it must not get another call, even before its own end is through. */
  const retire = (connection: Connection): void => {
    const position = idle.indexOf(connection);
    if (position >= 0) idle.splice(position, 1);
  };

  const ended = ({ call, reader }: Connection, failure: Error | undefined): void => {
    const answer = failure ? undefined : reader.end();
    if (answer) call?.succeed(answer.status);
    else call?.fail(failure ?? new Error('the connection was closed without an answer'));
  };

  const answered = (connection: Connection, { status, reusable }: HttpAnswer): void => {
    const { call, socket } = connection;
    connection.call = undefined;
    const next = reusable ? waiting.shift() : undefined;
    if (next) {
      run(connection, next);
    } else if (reusable) {
      // An idle connection must not keep a process alive.
      socket.unref();
      connection.idleSince = now();
      idle.push(connection);
    } else {
      socket.destroy();
    }
    call?.succeed(status);
  };

  const grow = (call: Call): void => {
    connections += 1;
    const socket = open();
    const connection: Connection = {
      socket,
      call: undefined,
      reader: new HttpAnswerReader(),
      idleSince: 0,
    };
    let failure: Error | undefined;
    socket.setTimeout(silenceMs, () => {
      if (connection.call) socket.destroy(new Error(`no answer within ${silenceMs} ms`));
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        // Bytes that nobody asked for: whatever they are, the connection is of no more use.
        const answer = connection.call ? connection.reader.take(chunk) : undefined;
        if (answer) answered(connection, answer);
        else if (!connection.call) socket.destroy();
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('end', () => {
      retire(connection);
      socket.destroy();
    });
    socket.on('close', () => {
      connections -= 1;
      retire(connection);
      ended(connection, failure);
      const next = waiting.shift();
      if (next) grow(next);
    });
    run(connection, call);
  };

  /** The one used last is the least likely to have been closed by the other side; where that was too long ago, all were. */
  const takeIdle = (): Connection | undefined => {
    const connection = idle.pop();
    if (!connection || now() - connection.idleSince <= idleMs) return connection;
    for (const { socket } of [connection, ...idle.splice(0)]) socket.destroy();
    return undefined;
  };

  return (message) =>
    new Promise((succeed, fail) => {
      const call = { message, succeed, fail };
      const connection = takeIdle();
      if (connection) run(connection, call);
      else if (connections < width) grow(call);
      else waiting.push(call);
    });
}

/** Opens connections; TLS sessions are resumed, which saves most of a handshake. */
function makeOpener({ isTls, hostname, port }: PoolSettings): () => Socket {
  const options = { host: hostname, port, noDelay: true, keepAlive: true };
  if (!isTls) return () => connect(options);
  let session: Buffer | undefined;
  return () => {
    const socket = connectTls({ ...options, servername: hostname, ...(session && { session }) });
    socket.on('session', (ticket) => {
      session = ticket;
    });
    return socket;
  };
}
