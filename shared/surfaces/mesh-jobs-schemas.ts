/** What workers post of their jobs: the schemas of mesh jobs. Fields beyond these are kept. */
import * as z from 'zod/mini';
import { limits } from '../core/limits.ts';
import { lengthOf, saying, text } from './validation.ts';

// --- ids ---

export const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export const LONGEST_ID = 'x'.repeat(128);

/** Of a project, a batch or a job, as it was posted. */
export type Id = string | number | null | undefined;

export function idText(value: Id): string | undefined {
  return isNone(value) ? undefined : String(value);
}

function isNone(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

// --- schemas ---

// Every optional field may be null too: workers in Python write what they have no value for as None.
const optional = z.nullish;
const object = { error: 'must be an object' };
const idRule = saying(
  'must be 1 to 128 letters, digits, dots, underscores or hyphens, beginning with a letter or digit, or a whole number',
);
const id = z.union(
  [z.string().check(z.regex(ID, idRule)), z.int(idRule).check(z.minimum(0, idRule))],
  idRule,
);
export const optionalId = optional(id);
const eventId = optional(text.check(lengthOf(limits.nameLength)));
const figures = optional(z.looseObject({}, object));
const count = z.int(saying('must be a whole number')).check(z.minimum(0, 'must be at least 0'));

const meshResult = z.looseObject(
  {
    success: z.boolean(saying('must be true or false')),
    s3_output_path: optional(text),
    strategy: optional(text),
    quality_metrics: figures,
    metrics: figures,
  },
  object,
);

const whereTo = { project_id: optionalId, batch_id: optionalId, event_id: eventId };

/** The end of a job. */
export const jobEnd = z
  .looseObject(
    {
      job_id: id,
      status: z.enum(['completed', 'failed'], saying('must be one of completed, failed')),
      result: optional(meshResult),
      error: optional(text),
      ...whereTo,
    },
    object,
  )
  .check(
    z.refine(({ status, result }) => status !== 'completed' || !isNone(result), {
      error: 'is missing',
      path: ['result'],
      // By itself it would wait until every other field is right, and not be named with them.
      when: ({ value }) => typeof value === 'object' && value !== null,
    }),
  );

export const logLine = z.looseObject({
  event: z.literal('log_line'),
  job_id: id,
  message: text,
  timestamp: optional(text),
  ...whereTo,
});

export const jobProgress = z.looseObject({
  event: z.literal('job_progress'),
  job_id: id,
  progress: z.number(saying('must be a number')),
  status: optional(text),
  message: optional(text),
  ...whereTo,
});

export const batchStatus = z.looseObject({
  event: z.literal('batch_status'),
  status: z.enum(
    ['completed', 'failed', 'processing'],
    saying('must be one of completed, failed, processing'),
  ),
  completed_jobs: optional(count),
  total_jobs: optional(count),
  job_id: optionalId,
  ...whereTo,
  batch_id: id,
});

/** What is said of a running job, or of a batch. */
export const jobNews = z.discriminatedUnion('event', [logLine, jobProgress, batchStatus], {
  error: 'must be one of log_line, job_progress, batch_status',
});

/** Many of both in one POST; its other fields would be nobody's. */
export const jobList = z.looseObject({
  events: z
    .array(z.unknown(), { error: 'must be a list' })
    .check(
      z.minLength(1, 'must have at least 1 item'),
      z.maxLength(limits.eventsPerPost, `must have at most ${limits.eventsPerPost} items`),
    ),
  project_id: optionalId,
});
