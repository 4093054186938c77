import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { translatePublicPath } from '../../../../shared/edge/public-path.ts';

const file = new URL('../../../../shared/edge/public-path.ts', import.meta.url);

const cases: [string, unknown][] = [
  ['/stream', { api: 'events', query: { path: '/stream' } }],
  ['/stream/sse', { api: 'sse' }],
  ['/webhook/modal', { api: 'http' }],
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
