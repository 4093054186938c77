/** Posts per CPU second of the posting process, ours against the SDK's client, to a server that answers 200 to all. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../certificate.ts';
import { type Child, startChild } from '../child.ts';
import { type Entry, interleave, type Row, type Subject } from '../harness.ts';

const ROUNDS = 9;
const POSTS = 5_000;

const answerAll: RequestListener = (request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(200, { 'content-length': 0 }).end());
};

function subject(name: string, child: Child): Subject {
  return {
    name,
    async measure() {
      const { cpuMs, ms } = (await child.ask(POSTS)) as { cpuMs: number; ms: number };
      return {
        'posts/CPU s': (POSTS * 1_000) / cpuMs,
        'posts/s': (POSTS * 1_000) / ms,
        'CPU us/post': (cpuMs * 1_000) / POSTS,
      };
    },
  };
}

async function compare(server: Server, scheme: 'http' | 'https', environment = {}): Promise<Row[]> {
  server.keepAliveTimeout = 0;
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 });
  await once(server, 'listening');
  const endpoint = `${scheme}://localhost:${(server.address() as AddressInfo).port}/live`;
  const [ours, sdk] = [
    await startChild('poster', ['ours', endpoint], environment),
    await startChild('poster', ['sdk', endpoint], environment),
  ];
  const subjects = [subject(`ours, ${scheme}`, ours), subject(`SDK, Promise.all, ${scheme}`, sdk)];
  const rows = await interleave(ROUNDS, subjects);
  await Promise.all([ours.end(), sdk.end()]);
  server.close();
  const ratio = Number(rows[0]?.['posts/CPU s']) / Number(rows[1]?.['posts/CPU s']);
  return rows.map((row, index) => ({ ...row, ratio: index === 0 ? ratio : 1 }));
}

async function run(): Promise<Row[]> {
  const plain = await compare(createServer({ noDelay: true }, answerAll), 'http');
  const folder = await mkdtemp(join(tmpdir(), 'relay-bench-'));
  try {
    const certificate = makeCertificate();
    const file = join(folder, 'certificate.pem');
    await writeFile(file, certificate.cert);
    const server = createTlsServer({ ...certificate, noDelay: true }, answerAll);
    const encrypted = await compare(server, 'https', { NODE_EXTRA_CA_CERTS: file });
    return [...plain, ...encrypted];
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const fanOut: Entry = { about: 'posts per CPU second of a fan-out, against the SDK', run };
