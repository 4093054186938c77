/** One and the same journey, once for each thing that can be broken in it: every call, every permission. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/exhaustive/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers than that only make the twins' own workers wait.
    maxWorkers: 2,
  },
});
