import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Import {
  readonly file: string;
  /** A path from the root for the project's own files, else the name of a package or of a part of Node. */
  readonly target: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|cts|mts|js|cjs|mjs)$/.test(entry.name))
    .map((entry) => posix.join(entry.parentPath.slice(root.length), entry.name))
    .toSorted();
}

const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const withoutComments = (code: string): string => code.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');
/** Strings go too: a word in a message is no use of the thing. */
const withoutText = (code: string): string =>
  withoutComments(code).replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''");

/** `import`, `export ... from`, `import()` and `require()`, of types as well as of values. */
function imports(folder: string): Import[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire(?:\.resolve)?\s*\(\s*)(['"])([^'"\n]+)\1/g;
  return sources(folder).flatMap((file) =>
    [...withoutComments(text(file)).matchAll(pattern)].map(([, , name = '']) => ({
      file,
      target: name.startsWith('.') ? posix.join(posix.dirname(file), name) : name,
    })),
  );
}

const rules: [string, RegExp][] = [
  ['shared/core', /^shared\/core\//],
  ['shared/wire', /^shared\/(wire\/|core\/limits\.ts$)/],
  ['shared/rooms', /^shared\/(rooms|wire|core)\//],
  ['shared/peers', /^shared\/(peers|core)\//],
  ['shared/arena', /^shared\/(arena|core)\//],
  ['shared/auth', /^(shared\/((core|auth)\/|config\.ts$)|node:crypto$|jose$)/],
  ['shared/edge', /^node:crypto$/],
  [
    'shared/surfaces',
    /^(shared\/(core|rooms|arena|surfaces)\/|shared\/config\.ts$|shared\/openapi\/(event-posts|operation|schema-of|stream-operations)\.ts$|zod\/mini$)/,
  ],
  [
    'shared/openapi',
    /^(shared\/(core|openapi)\/|shared\/surfaces\/[a-z-]+-operations\.ts$|zod\/mini$|node:crypto$)/,
  ],
  [
    'shared/adapters',
    /^(shared\/((adapters|core|rooms|peers|arena|auth)\/|surfaces\/mesh-jobs-projects\.ts$)|node:|@aws-sdk\/|@nats-io\/|jose$)/,
  ],
  [
    'functions',
    /^(shared\/|functions\/(_edge|nats-bridge)\/|node:(crypto|net)$|@nats-io\/transport-node$|@aws-sdk\/client-dynamodb$|@middy\/|@aws-lambda-powertools\/|aws-lambda$)/,
  ],
  [
    'infra',
    /^(infra\/|shared\/(routes|config|metrics|core\/limits)\.ts$|aws-cdk-lib(\/|$)|constructs$|cdk-nag$|node:|(esbuild|zod)$)/,
  ],
  // Published by itself, without a dependency.
  ['client/src', /^client\/src\//],
  ['local', /^(local\/|shared\/edge\/|(?!shared\/|functions\/|infra\/|test\/|bench\/)[^.])/],
  ['bench', /^(bench\/|client\/src\/|local\/|shared\/(adapters|core)\/|node:|@aws-sdk\/|@nats-io\/|ws$)/],
];

describe('the layers', () => {
  it.each(rules)('%s imports only what it may', (folder, allowed) => {
    const found = imports(folder);
    expect(found.filter(({ target }) => !allowed.test(target))).toEqual([]);
  });

  it('are all there, with imports to look at', () => {
    for (const folder of [
      'shared/core',
      'shared/wire',
      'shared/surfaces',
      'shared/adapters',
      'functions',
      'infra',
      'local',
      'bench',
      'client/src',
    ]) {
      expect(imports(folder).length).toBeGreaterThan(3);
    }
    expect(sources('shared').length).toBeGreaterThan(20);
  });

  it('have no file in shared/ that stands outside of them, but routes, config and metrics, which import nothing', () => {
    const outside = sources('shared').filter(
      (file) => !/^shared\/(core|wire|rooms|peers|arena|auth|edge|surfaces|openapi|adapters)\//.test(file),
    );
    expect(outside).toEqual(['shared/config.ts', 'shared/metrics.ts', 'shared/routes.ts']);
    expect(imports('shared').filter(({ file }) => outside.includes(file))).toEqual([]);
  });

  it.each(['shared', 'functions', 'infra', 'local', 'bench', 'client/src'])(
    '%s imports nothing of the tests',
    (folder) => {
      const found = imports(folder).filter(({ target }) => /^test\/|\.test\.|^vitest/.test(target));
      expect(found).toEqual([]);
    },
  );

  it('name every import as a plain text', () => {
    const dynamic = /\b(?:import|require)\s*\(\s*(?!['"])/;
    const own = [...sources('shared'), ...sources('functions')];
    expect(own.filter((file) => dynamic.test(withoutComments(text(file))))).toEqual([]);
  });
});

describe('shared/core, shared/wire, shared/rooms, shared/peers and shared/arena', () => {
  const impure =
    /\b(process|Date|performance|crypto|globalThis|fetch|setTimeout|setInterval|setImmediate|console)\b|\bMath\.random\b/;

  it.each([
    ...sources('shared/core'),
    ...sources('shared/wire'),
    ...sources('shared/rooms'),
    ...sources('shared/peers'),
    ...sources('shared/arena'),
  ])('%s takes time, chance and the world from its ports alone', (file) => {
    expect(withoutText(text(file))).not.toMatch(impure);
  });
});

describe("the client's machine", () => {
  const impure =
    /\b(process|Date|performance|crypto|globalThis|fetch|setTimeout|setInterval|queueMicrotask|console|WebSocket)\b|\bMath\.random\b/;
  const world = /\/(driver|event-stream|index|link|options|sse|websocket)\.ts$/;

  it.each(sources('client/src').filter((file) => !world.test(file)))(
    '%s takes time and chance as arguments',
    (file) => {
      expect(withoutText(text(file))).not.toMatch(impure);
    },
  );

  it('knows nothing of those who perform what it decides', () => {
    const found = imports('client/src').filter(({ file, target }) => !world.test(file) && world.test(target));
    expect(found).toEqual([]);
  });
});
