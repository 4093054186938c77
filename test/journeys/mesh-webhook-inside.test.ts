/** A worker's webhook seen from within the twin: what it says where it verifies nothing, and what a crash leaves behind. */
import { expect, test } from 'vitest';
import { startTwinCloud } from '../support/cloud.ts';
import { expectFields, line, logOf, newId, postBody, postJob, postOne } from '../support/mesh-webhook.ts';
import { acceptedIds } from '../support/webhook.ts';

test('without a secret the twin takes what is not signed, and says so each time', async () => {
  const open = await startTwinCloud({ environment: { MODAL_WEBHOOK_SECRET: '' } });
  try {
    const warnings = () =>
      open.lines.filter((text) => text.includes('"WARN"') && text.includes('MODAL_WEBHOOK_SECRET')).length;
    const mocked = 'sha256=MOCKED_SIGNATURE_IF_SECRET_NOT_SET';
    const printed = '{"job_id": "test-job", "status": "completed", "result": {"success": true}}';
    acceptedIds(await postBody(open, printed, { signature: mocked }));
    expect(warnings()).toBe(1);
    acceptedIds(await postBody(open, printed, { signature: null }));
    expect(warnings()).toBe(2);
    expectFields(await postJob(open, { job_id: 'j', status: 'done' }), 400, ['status']);
    expect(warnings()).toBe(3);
  } finally {
    await open.close();
  }
});

test('what a POST that crashed said of a project is known, and its repeat is accepted', async () => {
  let isFated = false;
  const frail = await startTwinCloud({
    async onAwsCall(call, proceed) {
      const answer = await proceed();
      // The first thing that it puts into the table: nothing is logged yet.
      if (isFated && call.functionName === 'IngestMeshJobsFunction' && call.operation === 'PutItem') {
        isFated = false;
        call.kill();
      }
      return answer;
    },
  });
  try {
    const [job, project] = [newId('job'), newId('p')];
    const posted = line(job, { project_id: project });
    isFated = true;
    expect((await postJob(frail, posted)).status).not.toBe(202);
    const next = await postOne(frail, line(job));
    const repeated = await postOne(frail, posted);
    const other = await postOne(frail, line(newId('job'), { project_id: project }));
    expect([next, repeated, other].map(logOf)).toEqual([1, 2, 3].map(() => logOf(other)));
  } finally {
    await frail.close();
  }
});
