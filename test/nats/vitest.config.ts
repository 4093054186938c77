/**
 * Journeys that need a NATS server, on the twin or wherever RELAY_CLOUD says. The server's binary comes out of a Python package; without Python 3 the suite fails
 * with the line that installs it.
 */
import { defineConfig } from 'vitest/config';
import { listLeftOut } from '../support/left-out.ts';

export default defineConfig({
  plugins: [listLeftOut],
  test: {
    include: ['test/nats/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: each worker has a NATS server and a twin of its own, and these have processes and workers of theirs.
    maxWorkers: 2,
  },
});
