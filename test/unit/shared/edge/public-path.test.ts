import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { translatePublicPath } from '../../../../shared/edge/public-path.ts';
import { httpRoutes } from '../../../../shared/routes.ts';
import { hookBackend } from '../../../../shared/surfaces/hook-backend.ts';
import { liveEvents } from '../../../../shared/surfaces/live-events.ts';

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
  ['__proto__', { api: 'http' }],
];

describe('a public path', () => {
  it.each(cases)('%j goes to %j', (path, target) => {
    expect(translatePublicPath(path)).toEqual(target);
  });

  it.each([liveEvents, hookBackend])('of the surface $name goes to what serves it', (surface) => {
    const { socketPaths, ssePath } = surface;
    for (const path of socketPaths) {
      expect(translatePublicPath(path)).toEqual({ api: 'events', query: { path } });
    }
    expect(translatePublicPath(ssePath)).toEqual({ api: 'sse' });
  });

  it.each(httpRoutes)('of the route $method $path goes to the HTTP API', ({ path }) => {
    expect(translatePublicPath(path)).toEqual({ api: 'http' });
  });

  it('is translated the same by the file alone, without its types, imports and any global', () => {
    const source = stripTypeScriptTypes(readFileSync(file, 'utf8')).replace(/^export /gm, '');
    // Own prototypes only: the context has the language, and nothing of Node.
    const context = createContext(Object.create(null));
    for (const [path, target] of cases) {
      const translated: unknown = runInContext(
        `${source}; JSON.stringify(translatePublicPath(${JSON.stringify(path)}))`,
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
