/** Many clients at once, one crowd after another: beside other tests they would only wait for each other. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/crowds/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
