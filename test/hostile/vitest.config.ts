/** The hostile platform: the journeys on it, then the long storm. `RELAY_SEED` chooses the faults. */
import { defineConfig } from 'vitest/config';
import { insiders } from '../support/clouds/insiders.ts';

// For this process and its workers alike: both ask which cloud it is.
process.env.RELAY_CLOUD = 'hostile';

const { listLeftOut } = await import('../support/left-out.ts');
const { StormsFirst } = await import('./storms-first.ts');

export default defineConfig({
  plugins: [listLeftOut],
  test: {
    include: ['test/hostile/**/*.test.ts', 'test/{journeys,nats/journeys}/**/*.test.ts'],
    exclude: [...insiders],
    // Whatever fails is repeated, and every repeat takes its time.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Most of the time is spent waiting for what is to be repeated; only the storms keep a core busy.
    maxWorkers: 3,
    sequence: { sequencer: StormsFirst },
  },
});
