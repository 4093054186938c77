/**
 * Serves the page of the arena on this machine alone, and passes on what the page posts: a browser lets a page post JSON to
 * another origin only where that origin allows it, and the engine's token stays here instead of in a page. Prints the page's address;
 * a session is its argument: `node docs/examples/arena-page.ts test-001`.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const { RELAY = 'http://127.0.0.1:8787', PORT = '8789', ARENA_TOKEN, EVENTS = '' } = process.env;
const [session = 'test-001'] = process.argv.slice(2);

/** The client library and the page's own model of a game, as one module. */
async function bundle(): Promise<string> {
  const built = await build({
    stdin: {
      contents: "export { connect } from '@relay/client'; export { Board } from './arena-board.ts';",
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    alias: { '@relay/client': fileURLToPath(new URL('../../client/src/index.ts', import.meta.url)) },
    bundle: true,
    format: 'esm',
    target: 'es2023',
    write: false,
  });
  return built.outputFiles[0]?.text ?? '';
}

const script = await bundle();
const posts = ['/init_session', '/submit_news'];

/** Whether the page itself posts: others cannot send JSON from elsewhere unasked, nor by a name that leads here. */
function isOwn({ headers }: IncomingMessage): boolean {
  const { port } = server.address() as AddressInfo;
  return headers['content-type'] === 'application/json' && headers.host === `127.0.0.1:${port}`;
}

async function passOn(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    ...(ARENA_TOKEN && { authorization: `Bearer ${ARENA_TOKEN}` }),
  };
  try {
    const answer = await fetch(new URL(path, RELAY), { method: 'POST', headers, body: await text(request) });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(await answer.text());
  } catch (error) {
    const detail = `The relay did not answer: ${error instanceof Error ? error.message : error}`;
    response.writeHead(502, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ detail }));
  }
}

const server = createServer(async (request, response) => {
  const [path = '/'] = (request.url ?? '/').split('?');
  const headers = { 'cache-control': 'no-store' };
  if (request.method === 'POST' && posts.includes(path) && isOwn(request)) {
    await passOn(path, request, response);
  } else if (request.method === 'GET' && path === '/') {
    const page = await readFile(new URL('arena.html', import.meta.url));
    response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' }).end(page);
  } else if (request.method === 'GET' && path === '/arena.js') {
    response.writeHead(200, { ...headers, 'content-type': 'text/javascript; charset=utf-8' }).end(script);
  } else {
    response.writeHead(404).end();
  }
});

server.listen(Number(PORT), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const query = new URLSearchParams({ relay: RELAY, session, ...(EVENTS && { events: EVENTS }) });
  process.stdout.write(`http://127.0.0.1:${port}/?${query}\n`);
});
