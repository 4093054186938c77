/** Posts per CPU second of the posting process, ours against the SDK's client, to a server that answers 200 to all. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Child, startChild } from '../child.ts';
import { type Entry, interleave, type Row, type Subject } from '../harness.ts';

const ROUNDS = 9;
const POSTS = 5_000;

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

async function run(): Promise<Row[]> {
  const server = createServer({ noDelay: true }, (request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200, { 'content-length': 0 }).end());
  });
  server.keepAliveTimeout = 0;
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 });
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`;
  const [ours, sdk] = [
    await startChild('poster', 'ours', endpoint),
    await startChild('poster', 'sdk', endpoint),
  ];
  const rows = await interleave(ROUNDS, [subject('ours', ours), subject('SDK, Promise.all', sdk)]);
  await Promise.all([ours.end(), sdk.end()]);
  server.close();
  const ratio = Number(rows[0]?.['posts/CPU s']) / Number(rows[1]?.['posts/CPU s']);
  return rows.map((row, index) => ({ ...row, ratio: index === 0 ? ratio : 1 }));
}

export const fanOut: Entry = { about: 'posts per CPU second of a fan-out, against the SDK', run };
