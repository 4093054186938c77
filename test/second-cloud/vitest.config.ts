/**
 * The second cloud: the stack goes to MiniStack by a real `cdk deploy`, the journeys run against it, changed code follows
 * by an update, and it is destroyed. One run, one order; needs Python 3, and a missing one fails with its install line.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { insiders } from '../support/clouds/insiders.ts';

// For this process and its workers alike: both ask which cloud it is.
process.env.RELAY_CLOUD = 'ministack';
process.env.RELAY_SECOND_CLOUD ??= mkdtempSync(join(tmpdir(), 'relay-second-cloud-'));

const { listLeftOut } = await import('../support/left-out.ts');
const { InOrder } = await import('./in-order.ts');

export default defineConfig({
  plugins: [listLeftOut],
  test: {
    include: ['test/second-cloud/**/*.test.ts', 'test/{journeys,nats/journeys}/**/*.test.ts'],
    exclude: [...insiders],
    globalSetup: ['test/second-cloud/global-setup.ts'],
    sequence: { sequencer: InOrder },
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['verbose'],
  },
});
