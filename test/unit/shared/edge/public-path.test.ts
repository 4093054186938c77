import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { isSocketIoPath, translatePublicPath } from '../../../../shared/edge/public-path.ts';
import { httpRoutes } from '../../../../shared/routes.ts';
import { hookBackend } from '../../../../shared/surfaces/hook-backend.ts';
import { liveEvents } from '../../../../shared/surfaces/live-events.ts';
import { meshJobs } from '../../../../shared/surfaces/mesh-jobs.ts';
import { peerRelay } from '../../../../shared/surfaces/peer-relay.ts';

const file = new URL('../../../../shared/edge/public-path.ts', import.meta.url);

const cases: [string, unknown][] = [
  ['/stream', { api: 'events', query: { path: '/stream' } }],
  ['/stream/sse', { api: 'sse' }],
  ['/api/rt', { api: 'events', query: { path: '/api/rt' } }],
  ['/api/sse', { api: 'sse' }],
  ['/webhook/modal', { api: 'http' }],
  ['/api/webhook/cli', { api: 'http' }],
  ['/api', { api: 'http' }],
  ['/api/', { api: 'http' }],
  ['/api/rt/', { api: 'http' }],
  ['/api/rt/x', { api: 'http' }],
  ['/api/RT', { api: 'http' }],
  ['/api/sse/', { api: 'http' }],
  ['/rt', { api: 'http' }],
  ['/sse', { api: 'http' }],
  ['/', { api: 'http' }],
  ['', { api: 'http' }],
  ['/stream/', { api: 'http' }],
  ['/streams', { api: 'http' }],
  ['/stream/sse/', { api: 'http' }],
  ['/stream/SSE', { api: 'http' }],
  ['/Stream', { api: 'http' }],
  ['//stream', { api: 'http' }],
  ['/%73tream', { api: 'http' }],
  ['/stream?tenant=t1', { api: 'http' }],
  ['/socket.io/x', { api: 'http' }],
  ['/socket.io//', { api: 'http' }],
  ['/socket_io/', { api: 'http' }],
  ['/Socket.IO/', { api: 'http' }],
  ['/socket.io.min.js', { api: 'http' }],
  ['/relay', { api: 'http' }],
  ['/Relay/s1', { api: 'http' }],
  ['/relays/s1', { api: 'http' }],
  ['//relay/s1', { api: 'http' }],
  ['/api/relay/s1', { api: 'http' }],
  ['/health', { api: 'http' }],
  ['__proto__', { api: 'http' }],
];

/** What depends on whether a WebSocket is asked for. */
const upgrades: [string, unknown][] = [
  ['/socket.io/', { api: 'events', query: { path: '/socket.io/' } }],
  ['/socket.io', { api: 'events', query: { path: '/socket.io' } }],
  ['/relay/s1', { api: 'peers', query: { path: '/relay/s1' } }],
  // What names no session is for the surface to refuse, as a handshake.
  ['/relay/', { api: 'peers', query: { path: '/relay/' } }],
  ['/relay/a/b', { api: 'peers', query: { path: '/relay/a/b' } }],
  ['/relay/-%2F', { api: 'peers', query: { path: '/relay/-%2F' } }],
];

describe('a public path', () => {
  it.each(cases)('%j goes to %j', (path, target) => {
    expect(translatePublicPath(path, true)).toEqual(target);
    expect(translatePublicPath(path, false)).toEqual(target);
  });

  it.each(upgrades)('%j goes to %j for an upgrade, else to the HTTP API', (path, target) => {
    expect(translatePublicPath(path, true)).toEqual(target);
    expect(translatePublicPath(path, false)).toEqual({ api: 'http' });
  });

  it.each([liveEvents, hookBackend, meshJobs])('of the surface $name goes to what serves it', (surface) => {
    for (const path of surface.socketPaths) {
      expect(translatePublicPath(path, true)).toEqual({ api: 'events', query: { path } });
    }
    if ('ssePath' in surface) expect(translatePublicPath(surface.ssePath, false)).toEqual({ api: 'sse' });
  });

  it('of the peer relay goes to an API of its own', () => {
    const path = `${peerRelay.socketPath}test-session-123`;
    expect(translatePublicPath(path, true)).toEqual({ api: 'peers', query: { path } });
  });

  it.each(httpRoutes)('of the route $method $path goes to the HTTP API', ({ path }) => {
    expect(translatePublicPath(path, false)).toEqual({ api: 'http' });
  });

  it('is one of Socket.IO exactly where the surface says so', () => {
    expect(meshJobs.socketPaths.filter((path) => !isSocketIoPath(path))).toEqual([]);
    expect([...cases.map(([path]) => path), 'constructor'].filter(isSocketIoPath)).toEqual([]);
  });

  it('is translated the same by the file alone, without its types, imports and any global', () => {
    const source = stripTypeScriptTypes(readFileSync(file, 'utf8')).replace(/^export /gm, '');
    // Own prototypes only: the context has the language, and nothing of Node.
    const context = createContext(Object.create(null));
    for (const [path, target] of [...cases, ...upgrades]) {
      const translated: unknown = runInContext(
        `${source}; JSON.stringify(translatePublicPath(${JSON.stringify(path)}, true))`,
        context,
      );
      expect(translated).toBe(JSON.stringify(target));
    }
  });

  it('is translated without what the edge does not run', () => {
    const code = stripTypeScriptTypes(readFileSync(file, 'utf8')).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(code).not.toMatch(/\bimport\b|\brequire\b|\bclass\b|\basync\b|\bnew\b|\bURL\b|\?\.|\?\?|=>/);
  });
});
