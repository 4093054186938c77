import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
  type TLSSocket,
} from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../../../bench/certificate.ts';
import { makeHttpPool, type SendMessage } from '../../../../../shared/adapters/gateway/http-pool.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';
const CALL = 'POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n';

/** A server whose connections, by number, do with each call what the test says. */
class Peer {
  readonly server: Server;
  readonly sockets: Socket[] = [];
  /** Whole messages so far, with the number of the connection that they came on. */
  readonly messages: { connection: number; text: string }[] = [];

  constructor(
    answer: (socket: Socket, connection: number) => void,
    certificate?: { key: string; cert: string },
  ) {
    const take = (socket: Socket): void => {
      const connection = this.sockets.push(socket) - 1;
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => {
        this.messages.push({ connection, text: chunk.toString() });
        answer(socket, connection);
      });
    };
    this.server = certificate ? createTlsServer(certificate, take) : createServer(take);
  }

  async pool(
    options: {
      width?: number;
      silenceMs?: number;
      isTls?: boolean;
      idleMs?: number;
      now?: () => number;
    } = {},
  ): Promise<SendMessage> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    const { width = 4, silenceMs = 5_000, isTls = false, idleMs = 60_000, now = Date.now } = options;
    const hostname = isTls ? 'localhost' : '127.0.0.1';
    return makeHttpPool({ isTls, hostname, port, width, silenceMs, idleMs, now });
  }
}

const peers: Peer[] = [];
function peer(...options: ConstructorParameters<typeof Peer>): Peer {
  const made = new Peer(...options);
  peers.push(made);
  return made;
}

afterEach(async () => {
  for (const { server, sockets } of peers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
});

describe('a call', () => {
  it('is one message as it was given, and its answer the status', async () => {
    const other = peer((socket) => socket.write(OK));
    const send = await other.pool();
    expect(await send(`${CALL}Grüße`)).toBe(200);
    expect(other.messages).toEqual([{ connection: 0, text: `${CALL}Grüße` }]);
  });

  it('takes the connection of the one before it', async () => {
    const other = peer((socket) => socket.write(OK));
    const send = await other.pool();
    for (let n = 0; n < 5; n += 1) await send(CALL);
    expect(other.messages.map(({ connection }) => connection)).toEqual([0, 0, 0, 0, 0]);
  });

  it('waits when all connections are taken, and none gets two at a time', async () => {
    const busy = new Set<number>();
    let most = 0;
    const other = peer((socket, connection) => {
      expect(busy.has(connection)).toBe(false);
      busy.add(connection);
      most = Math.max(most, busy.size);
      setTimeout(() => {
        busy.delete(connection);
        socket.write(OK);
      }, 2);
    });
    const send = await other.pool({ width: 3 });
    const answers = await Promise.all(Array.from({ length: 30 }, () => send(CALL)));
    expect(answers).toEqual(Array.from({ length: 30 }, () => 200));
    expect(most).toBe(3);
    expect(other.sockets).toHaveLength(3);
  });

  it('gets a new connection after an answer that closes', async () => {
    const other = peer((socket) => socket.write(OK.replace('\r\n', '\r\nconnection: close\r\n')));
    const send = await other.pool({ width: 1 });
    expect(await Promise.all([send(CALL), send(CALL), send(CALL)])).toEqual([200, 200, 200]);
    expect(other.sockets).toHaveLength(3);
  });

  it('gets a new connection after one was closed while nobody used it', async () => {
    const other = peer((socket) => socket.write(OK));
    const send = await other.pool();
    await send(CALL);
    other.sockets[0]?.end();
    await once(other.sockets[0] ?? expect.unreachable(), 'close');
    expect(await send(CALL)).toBe(200);
    expect(other.sockets).toHaveLength(2);
  });

  it('gets a new connection after all were idle for long, also where as many are open as may be', async () => {
    let now = 0;
    const other = peer((socket) => socket.write(OK));
    const send = await other.pool({ width: 2, idleMs: 1_000, now: () => now });
    await Promise.all([send(CALL), send(CALL)]);
    now = 1_000;
    expect(await send(CALL)).toBe(200);
    expect(other.sockets).toHaveLength(2);
    now = 2_001;
    expect(await Promise.all([send(CALL), send(CALL)])).toEqual([200, 200]);
    expect(other.messages.slice(-2).map(({ connection }) => connection)).toEqual([2, 3]);
  });

  it('gets a new connection after one brought bytes that nobody had asked for', async () => {
    const other = peer((socket) => socket.write(OK));
    const send = await other.pool();
    await send(CALL);
    other.sockets[0]?.write(OK.replace('200', '410'));
    await once(other.sockets[0] ?? expect.unreachable(), 'close');
    expect(await send(CALL)).toBe(200);
    expect(other.sockets).toHaveLength(2);
  });

  it('is answered where the end of the connection is the end of the answer', async () => {
    const send = await peer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{}')).pool();
    expect(await send(CALL)).toBe(200);
  });
});

describe('a call fails', () => {
  const failures: [title: string, answer: (socket: Socket) => void][] = [
    ['when the connection breaks', (socket) => socket.destroy()],
    ['when the connection is reset', (socket) => socket.resetAndDestroy()],
    [
      'when half an answer is all that comes',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'),
    ],
    ['when the answer is not HTTP', (socket) => socket.write('no\r\n\r\n')],
    ['when no answer comes', () => {}],
  ];
  it.each(failures)('%s, and the waiting ones go on', async (_, fail) => {
    let calls = 0;
    const other = peer((socket) => {
      calls += 1;
      if (calls === 1) fail(socket);
      else socket.write(OK);
    });
    const send = await other.pool({ width: 1, silenceMs: 100 });
    const answers = await Promise.allSettled([send(CALL), send(CALL), send(CALL)]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('where nobody listens, for everyone who waits', async () => {
    const other = peer(() => {});
    const send = await other.pool({ width: 1 });
    other.server.close();
    await once(other.server, 'close');
    const answers = await Promise.allSettled([send(CALL), send(CALL)]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    peers.pop();
  });
});

describe('over TLS', () => {
  const certificate = makeCertificate();

  it('a server that nobody vouches for gets no call', async () => {
    const other = peer((socket) => socket.write(OK), certificate);
    const send = await other.pool({ isTls: true });
    await expect(send(CALL)).rejects.toThrow('self-signed');
    expect(other.messages).toEqual([]);
  });

  it('one with a valid certificate does, and the next connection resumes the session', async () => {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, certificate.cert]);
    try {
      const other = peer(
        (socket) => socket.write(OK.replace('\r\n', '\r\nconnection: close\r\n')),
        certificate,
      );
      const send = await other.pool({ isTls: true });
      expect([await send(CALL), await send(CALL)]).toEqual([200, 200]);
      const resumed = other.sockets.map((socket) => Boolean((socket as TLSSocket).isSessionReused()));
      expect(resumed).toEqual([false, true]);
    } finally {
      setDefaultCACertificates(before);
    }
  });
});

it('an idle connection keeps no process alive', async () => {
  const other = peer((socket) => socket.write(OK));
  await other.pool();
  const { port } = other.server.address() as AddressInfo;
  const file = new URL('../../../../../shared/adapters/gateway/http-pool.ts', import.meta.url);
  const script = `
    import { makeHttpPool } from ${JSON.stringify(file.href)};
    const send = makeHttpPool({ isTls: false, hostname: '127.0.0.1', port: ${port}, width: 1, silenceMs: 60_000, idleMs: 60_000, now: Date.now });
    process.stdout.write(String(await send(${JSON.stringify(CALL)})));`;
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 20_000,
  });
  expect((await child).stdout).toBe('200');
});
