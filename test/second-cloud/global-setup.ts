/** Starts MiniStack before the first step and ends it after the last one, whichever way the run ends. */
import { rmSync } from 'node:fs';
import { saveEndpoint, secondCloudFolder } from './deployment.ts';
import { MiniStack } from './ministack.ts';

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

export default async function setup(): Promise<() => Promise<void>> {
  const folder = secondCloudFolder();
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.once(signal, () => process.exit(128 + number));
  }
  const ministack = await MiniStack.start(folder);
  await saveEndpoint(ministack.endpoint);
  return () => ministack.stop();
}
