/** Tests run from the README's one command; a journey owns the twin it starts and ends it. */
import { defineConfig } from 'vitest/config';
import { cloudKind } from './test/support/cloud.ts';
import { insiders } from './test/support/clouds/insiders.ts';
import { listLeftOut } from './test/support/left-out.ts';

export default defineConfig({
  plugins: [listLeftOut],
  test: {
    include: ['test/{unit,conformance,journeys}/**/*.test.ts', 'client/test/**/*.test.ts'],
    exclude: cloudKind.cannot.includes('inside') ? [...insiders] : [],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than there are cores: some journeys wait for minutes. With more than that the twins' own workers wait.
    maxWorkers: 3,
  },
});
