/** What the front serves to the browser: a page for each client, and our library as it is published. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from '../support/front.ts';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const FILES = {
  '/event-source': 'test/browser/pages/event-source.html',
  '/web-socket': 'test/browser/pages/web-socket.html',
  '/other-origin': 'test/browser/pages/other-origin.html',
  '/hook-event-source': 'test/browser/pages/hook-event-source.html',
  '/hook-web-socket': 'test/browser/pages/hook-web-socket.html',
  '/library': 'test/browser/pages/library.html',
  '/': 'client/example/index.html',
  '/relay-client.js': 'client/dist/relay-client.js',
};

/** Builds the library first. */
export async function site(): Promise<Record<string, Page>> {
  await promisify(execFile)('npm', ['run', 'bundle'], { cwd: file('client') });
  const pages = Object.entries(FILES).map(async ([path, name]): Promise<[string, Page]> => {
    const type = name.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8';
    return [path, { type, body: await readFile(file(name)) }];
  });
  return Object.fromEntries(await Promise.all(pages));
}
