/**
 * Serves the page of mesh jobs and the socket.io client that it uses, on this machine alone. Prints the page's address; a
 * project and a batch are its arguments: `node docs/examples/mesh-page.ts 7 9`.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const FILES: Readonly<Record<string, { readonly type: string; readonly file: string }>> = {
  '/': { type: 'text/html; charset=utf-8', file: 'mesh-jobs.html' },
  '/socket.io.min.js': {
    type: 'text/javascript; charset=utf-8',
    file: '../../node_modules/socket.io-client/dist/socket.io.min.js',
  },
};

const { RELAY = 'http://127.0.0.1:8787', PORT = '8788' } = process.env;
const [project = '7', batch = '9'] = process.argv.slice(2);

const server = createServer(async ({ url = '/' }, response) => {
  const [path = '/'] = url.split('?');
  const found = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
  if (!found) {
    response.writeHead(404).end();
    return;
  }
  const body = await readFile(new URL(found.file, import.meta.url));
  response.writeHead(200, { 'content-type': found.type, 'cache-control': 'no-store' }).end(body);
});

server.listen(Number(PORT), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const query = new URLSearchParams({ relay: RELAY, project, batch });
  process.stdout.write(`http://127.0.0.1:${port}/?${query}\n`);
});
