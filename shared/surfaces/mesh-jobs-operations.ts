/** The HTTP route of mesh jobs, described. What it takes is said by the schemas that validate it. */
import { limits } from '../core/limits.ts';
import { accepted, refusedEvents, senderNames } from '../openapi/event-posts.ts';
import {
  type Credential,
  type JsonSchema,
  type Operation,
  refTo,
  type Section,
} from '../openapi/operation.ts';
import { type Notes, schemaOf } from '../openapi/schema-of.ts';
import { meshJobs } from './mesh-jobs.ts';
import { batchStatus, ID, jobEnd, jobList, jobProgress, logLine } from './mesh-jobs-schemas.ts';

const signature: Credential = {
  name: 'modalSignature',
  variable: 'SIGNATURE',
  scheme: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Modal-Signature',
    description:
      'The signature of the raw body, `sha256=` and 64 hexadecimal digits: HMAC-SHA256 with the secret that senders share with ' +
      `the relay, \`${meshJobs.senderSecret}\`. In local development nothing is verified as long as that has no value.`,
  },
};

// --- schemas ---

const AN_ID =
  'Letters, digits, dots, underscores and hyphens, or a whole number, which is taken as its decimal text.';
const BEYOND = `Fields beyond these are kept. Once normalised it has at most ${limits.eventBytes.toLocaleString('en')} bytes.`;
const ofJob: Notes = {
  project_id: {
    description: `The project that the job belongs to. ${AN_ID} Where it is left out, and the query has none, it is the one that earlier events of the job named.`,
  },
  batch_id: { description: `The batch that the job belongs to. ${AN_ID}` },
};
const length = { minLength: 1, maxLength: limits.nameLength };
const whereTo: Notes = {
  ...ofJob,
  event_id: {
    description:
      'The event’s name: one that was taken already is not a second event. It goes before the headers.',
    ...length,
  },
};
const job: Notes = { job_id: { description: `The job that it is about. ${AN_ID}` } };

const jobEndSchema = schemaOf(jobEnd, {
  '': {
    description: `The end of a job: \`job_completed\` or \`job_failed\`. A completed job has a result. The same end of the same job is not a second event. ${BEYOND}`,
    if: { properties: { status: { const: 'completed' } }, required: ['status'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: { properties: { result: { type: 'object' } }, required: ['result'] },
    not: { required: ['event'] },
  },
  ...job,
  status: { description: 'How it ended.' },
  result: { description: 'What came of it.' },
  'result.success': { description: 'Whether it did what it was to do.' },
  'result.s3_output_path': { description: 'Where its output is.' },
  'result.strategy': { description: 'How it was done.' },
  'result.quality_metrics': { description: 'Figures of the output’s quality.' },
  'result.metrics': { description: 'Other figures.' },
  error: { description: 'Why it failed.' },
  ...ofJob,
  event_id: { description: 'Kept, and no name: an end is named by its job and its status.', ...length },
});

const logLineSchema = schemaOf(logLine, {
  '': { description: `A line of a job’s log. ${BEYOND}` },
  event: { description: 'Which event it is.' },
  ...job,
  message: { description: 'The line.' },
  timestamp: { description: 'When it was written.' },
  ...whereTo,
});

const jobProgressSchema = schemaOf(jobProgress, {
  '': { description: `How far a job is. ${BEYOND}` },
  event: { description: 'Which event it is.' },
  ...job,
  progress: { description: 'How far it is.' },
  status: { description: 'What it is at.' },
  message: { description: 'The same in words.' },
  ...whereTo,
  project_id: { description: `The project whose room it goes to as well. ${AN_ID}` },
  batch_id: { description: `The batch whose room it goes to. ${AN_ID}` },
});

const batchStatusSchema = schemaOf(batchStatus, {
  '': { description: `How a batch of jobs stands. ${BEYOND}` },
  event: { description: 'Which event it is.' },
  ...whereTo,
  batch_id: { description: `The batch that it is about. ${AN_ID}` },
  status: { description: 'How it stands.' },
  completed_jobs: { description: 'How many of its jobs have ended.' },
  total_jobs: { description: 'How many jobs it has.' },
  job_id: { description: `The job whose room it goes to as well. ${AN_ID}` },
  project_id: { description: `Kept; the event goes to no project’s room. ${AN_ID}` },
});

const events: readonly JsonSchema[] = ['JobEnd', 'LogLine', 'JobProgress', 'BatchStatus'].map(refTo);

const jobListSchema = schemaOf(jobList, {
  '': { description: 'Many events in one POST, all or none.', additionalProperties: false },
  events: { description: 'The events, in order.', items: { anyOf: events } },
  project_id: { description: `The project of each event that names none. ${AN_ID}` },
});

// --- the route ---

const example = {
  completed: {
    job_id: 'job-123',
    status: 'completed',
    result: {
      success: true,
      s3_output_path: 's3://outputs/job-123.mp4',
      strategy: 'tiled',
      quality_metrics: { psnr: 38.2 },
      metrics: { seconds: 412 },
    },
    project_id: '7',
  },
  failed: { job_id: 'job-124', status: 'failed', error: 'out of memory' },
  progress: { event: 'job_progress', job_id: 'job-123', batch_id: '9', progress: 45, status: 'sampling' },
  batch: { event: 'batch_status', batch_id: '9', status: 'processing', completed_jobs: 1, total_jobs: 4 },
  list: {
    events: [
      { event: 'log_line', job_id: 'job-123', message: 'loading weights', timestamp: '2026-11-21T12:00:00Z' },
      { event: 'log_line', job_id: 'job-123', message: 'step 1 of 40', timestamp: '2026-11-21T12:00:04Z' },
    ],
    project_id: '7',
  },
};

const post: Operation = {
  id: 'postJobEvents',
  method: 'POST',
  path: meshJobs.webhookPath,
  summary: 'Send what jobs are at',
  description:
    'Takes the end of a job, an event of a running job or of a batch, or a list of these, all or none, and answers when all of ' +
    'them are in the log. An event goes to the rooms of its project, its batch and its job, as far as these are known. A retry ' +
    'is not a second event when the event has a name: an end its job and status, any other its `event_id`, else ' +
    '`Idempotency-Key`, else `webhook-id`. Names hold per room for the retention time, which is 24 hours by default.',
  credentials: [signature],
  parameters: [
    {
      in: 'query',
      name: 'project_id',
      description: 'The project of each event that names none; `project_id` beside `events` goes before it.',
      schema: { type: 'string', pattern: ID.source },
    },
    ...senderNames('The event’s name where it has none; in a list event i is named `<key>#<i>`.'),
  ],
  body: {
    description: `The end of a job, or what \`event\` says that it is, or a list of 1 to ${limits.eventsPerPost.toLocaleString('en')} of these; at most ${limits.bodyBytes.toLocaleString('en')} bytes of UTF-8.`,
    required: true,
    schema: { anyOf: [...events, refTo('JobList')] },
    examples: {
      completed: { summary: 'A job that has ended well', value: example.completed },
      failed: { summary: 'A job that has failed', value: example.failed },
      progress: { summary: 'A step', value: example.progress },
      batch: { summary: 'A batch', value: example.batch },
      list: { summary: 'A list', value: example.list },
    },
  },
  answers: [accepted],
  errors: {
    ...refusedEvents({ field: 'result', message: 'is missing' }),
    unauthorized: {
      when: '`X-Modal-Signature` is missing, or is no signature of this body.',
      fields: [{ field: 'header X-Modal-Signature', message: 'is wrong' }],
    },
  },
};

export const meshJobsSection: Section = {
  name: 'Mesh jobs',
  description:
    'Workers post how their jobs get on, front ends watch projects, batches and jobs with an unmodified Socket.IO client.\n\n' +
    `Socket.IO: \`${meshJobs.socketPaths[0]}\`, by WebSocket alone (\`transports: ["websocket"]\`). A client joins the rooms ` +
    '`project_<id>`, `batch_<id>` and `job_<id>`, and gets each event by its name, with one object.',
  schemas: {
    JobEnd: jobEndSchema,
    LogLine: logLineSchema,
    JobProgress: jobProgressSchema,
    BatchStatus: batchStatusSchema,
    JobList: jobListSchema,
  },
  operations: [post],
};
