/** The app as a whole: what makes it fail, and that it needs nothing but its sources. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { relayApp } from './support.ts';

test.each([false, true])('no rule has a finding that is not explained (open streams: %s)', (openStreams) => {
  const app = relayApp({ 'relay:openStreams': openStreams });
  expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
});

test('nor with allowed origins', () => {
  const app = relayApp({ 'relay:allowedOrigins': '*' });
  expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
});

test('a finding that is not explained fails the synth', () => {
  const app = relayApp();
  new CfnBucket(app.stack, 'Unexplained');
  expect(() => app.synth()).toThrow(/AwsSolutions-S1/);
});

test('the template needs no account, Region or look-up', () => {
  const assembly = relayApp().synth();
  expect(assembly.manifest.missing).toBeUndefined();
  expect(assembly.getStackByName('Relay').environment.name).toBe('aws://unknown-account/unknown-region');
});

test('the same sources in another place make the same template and the same code', () => {
  const synthesize = () => {
    return relayApp().synth().getStackByName('Relay').template;
  };
  expect(synthesize()).toEqual(synthesize());
});

test('a wrong setting ends the app in one line that names it, and exit code 1', () => {
  const { status, stderr } = spawnSync(process.execPath, [join('infra', 'app.ts')], {
    cwd: join(import.meta.dirname, '../../..'),
    env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ 'relay:retentionHours': '2' }) },
    encoding: 'utf8',
  });
  expect(stderr).toBe(
    'relay:retentionHours must be a whole number of hours from 3 to 8760, or an object of such by kind of channel (tenant, user, project, batch, job, arena), not "2"\n',
  );
  expect(status).toBe(1);
});
