/**
 * `npm run build:bridge`: the bridge between NATS and the relay as one file, `dist/nats-bridge.js`. It is what the image runs;
 * anywhere else it runs as well, with Node alone.
 *
 * Platform rule: outside Lambda credentials come from a container's own endpoint, a profile or the machine, and the SDK tries
 * these ways one after the other: none of them may be left out.
 */
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundling, eventStreams } from './bundling.ts';

buildSync({
  ...bundling,
  absWorkingDir: join(import.meta.dirname, '..'),
  entryPoints: ['functions/nats-bridge/main.ts'],
  outfile: 'dist/nats-bridge.js',
  external: [eventStreams],
});
