/** A NATS server for a measurement, on a free port of this machine: the one that `npm run test:nats` has installed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = resolve('node_modules/.cache/relay/nats-server-2.15.1');
const LISTENING = /Listening for client connections on (127\.0\.0\.1:\d+)/;
const READY = /Server is ready/;

export interface NatsServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function startNatsServer(jetStream: boolean): Promise<NatsServer> {
  if (!existsSync(PROGRAM)) throw new Error('the NATS server is missing; install it: npm run test:nats');
  const folder = await mkdtemp(join(tmpdir(), 'relay-bench-nats-'));
  const store = jetStream ? ['-js', '-sd', folder] : [];
  const child = spawn(PROGRAM, ['-a', '127.0.0.1', '-p', '-1', ...store], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  let address: string | undefined;
  for await (const line of createInterface(child.stderr)) {
    address ??= LISTENING.exec(line)?.[1];
    if (READY.test(line)) break;
  }
  if (address === undefined) throw new Error('the NATS server ended instead of listening');
  // What it goes on to say is nobody's to read, but has to go somewhere.
  child.stderr.resume();
  return {
    url: `nats://${address}`,
    async close() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
