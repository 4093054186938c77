/**
 * `npm run build:bridge`: the bridge between NATS and the relay as one file, `dist/nats-bridge.mjs`. It is what the image runs;
 * anywhere else it runs as well, with Node alone.
 *
 * Platform rules: outside Lambda credentials come from a container's own endpoint, a profile or the machine, and the SDK tries
 * these ways one after the other, so none of them may be left out. An ES module, because it awaits its own end at the top; what
 * its packages still require, they find by a `require` of its own.
 */
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundling, eventStreams } from './bundling.ts';

buildSync({
  ...bundling,
  format: 'esm',
  banner: {
    js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
  },
  absWorkingDir: join(import.meta.dirname, '..'),
  entryPoints: ['functions/nats-bridge/main.ts'],
  outfile: 'dist/nats-bridge.mjs',
  external: [eventStreams],
});
