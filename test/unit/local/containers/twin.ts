/** A twin in a process of its own, for the test that kills it: `node twin.ts <assembly>`. */

import { startTwin } from '../../../../local/twin.ts';

await startTwin({
  port: 0,
  environment: {},
  assembly: process.argv[2] ?? '',
  log: (line) => process.stdout.write(`${line}\n`),
});
