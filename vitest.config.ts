/** Tests run from the README's one command; a journey owns the twin it starts and ends it. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,journeys}/**/*.test.ts', 'client/test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers than that only make the twins' own workers wait.
    maxWorkers: 2,
  },
});
