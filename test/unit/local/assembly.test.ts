/** The assembly that a start runs by: with these settings, and made once for them. */
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { prepareAssembly } from '../../../local/assembly.ts';
import { readStack } from '../../../local/stack/stack.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const stageOf = (assembly: string) =>
  readStack(assembly).apis.find(({ protocol }) => protocol === 'WEBSOCKET')?.stages;

test('settings that are given go over those of cdk.json, in an assembly of their own', async () => {
  const [own, blue] = [await prepareAssembly(ROOT), await prepareAssembly(ROOT, { 'relay:stage': 'blue' })];
  expect([own, blue].map(stageOf)).toEqual([['live'], ['blue']]);
});

test('an assembly is made once for the same settings, in whatever order they come', async () => {
  const folder = await prepareAssembly(ROOT, { 'relay:stage': 'blue', 'relay:sseStreams': '7' });
  const { birthtimeMs } = await stat(folder);
  const again = await prepareAssembly(ROOT, { 'relay:sseStreams': '7', 'relay:stage': 'blue' });
  expect([again, (await stat(again)).birthtimeMs]).toEqual([folder, birthtimeMs]);
});

test('a setting that does not hold is told in the one line of the CDK app', async () => {
  const wrong = prepareAssembly(ROOT, { 'relay:sseStreams': 'many' });
  await expect(wrong).rejects.toThrow(
    /^relay:sseStreams must be a whole number of streams from 1 to 1000, not "many"$/,
  );
});
