/** Changed code goes out over a stack that is in use: the new answer is there, and what was there stays. */
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { startCloud } from '../support/cloud.ts';
import { openStream } from '../support/socket-client.ts';
import { expectProblem, newTenant, progress, publishOne, send } from '../support/webhook.ts';
import { deploy } from './cdk.ts';
import { readOutputs, secondCloudFolder } from './deployment.ts';

/** What the stack is made of. */
const SOURCES = ['cdk.json', 'package.json', 'tsconfig.json', 'functions', 'infra', 'shared'];
const CHANGED = 'functions/http-default.ts';
const OLD_ANSWER = 'No route of this relay has this path.';
const NEW_ANSWER = 'No route of this relay has this path, says the second version.';

/** A copy of the project whose 404 reads differently. */
async function changedProject(): Promise<string> {
  const copy = join(secondCloudFolder(), 'changed');
  await mkdir(copy);
  for (const source of SOURCES) await cp(source, join(copy, source), { recursive: true });
  await symlink(resolve('node_modules'), join(copy, 'node_modules'));
  const text = await readFile(CHANGED, 'utf8');
  expect(text).toContain(OLD_ANSWER);
  await writeFile(join(copy, CHANGED), text.replace(OLD_ANSWER, NEW_ANSWER));
  return copy;
}

test('an update with changed code changes the answer, and keeps addresses, secrets and events', async () => {
  const cloud = await startCloud();
  const tenant = newTenant();
  const named = { headers: { 'Idempotency-Key': 'before-the-update' } };
  const notFound = async () =>
    expectProblem(await send(cloud, progress(tenant), { path: '/nowhere' }), 404).detail;
  const before = { outputs: readOutputs(), id: await publishOne(cloud, progress(tenant), named) };
  expect(await notFound()).toBe(OLD_ANSWER);

  await deploy(await changedProject());

  expect(await notFound()).toBe(NEW_ANSWER);
  expect(readOutputs()).toEqual(before.outputs);
  expect(await publishOne(cloud, progress(tenant), named)).toBe(before.id);
  const client = await openStream(cloud, tenant);
  const id = await publishOne(cloud, progress(tenant));
  expect((await client.frames(1)).map((frame) => frame.id)).toEqual([id]);
  expect(client.received[0]?.seq).toBeGreaterThan(1);
  await client.close();
});
