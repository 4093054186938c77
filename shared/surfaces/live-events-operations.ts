/** The HTTP routes of live events, described. What they take is said by the schema that validates it. */
import { limits } from '../core/limits.ts';
import { accepted, acceptedSchema, refusedEvents, senderNames, TOO_MANY } from '../openapi/event-posts.ts';
import { type Credential, type Operation, refTo, type Section } from '../openapi/operation.ts';
import { schemaOf } from '../openapi/schema-of.ts';
import { streamOperations } from '../openapi/stream-operations.ts';
import { liveEvents, webhookEvent } from './live-events.ts';

export const senderToken: Credential = {
  name: 'webhookToken',
  variable: liveEvents.senderSecret,
  scheme: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Relay-Token',
    description: `The secret that senders share with the relay, \`${liveEvents.senderSecret}\`.`,
  },
};

const clientBearer: Credential = {
  name: 'clientBearer',
  variable: liveEvents.clientSecret,
  scheme: {
    type: 'http',
    scheme: 'bearer',
    description: `What the desktop apps share, \`${liveEvents.clientSecret}\`. A relay may have been deployed with open streams.`,
  },
};

const clientToken: Credential = {
  name: 'clientToken',
  variable: 'CLIENT_TOKEN',
  scheme: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'client_token',
    description:
      'A JWT that your own server signs, with the claim `channels`: `tenant:<id>`, or names that end in `*`. Signed with ' +
      '`CLIENT_JWT_SECRET` (HS256), or with a key that is published at `relay:clientJwksUrl` (RS256, ES256, EdDSA).',
  },
};

const liveEvent = schemaOf(webhookEvent, {
  '': {
    description:
      'An event of a job. Fields beyond these are kept; `id`, `seq` and `ts` are the relay’s own and are replaced.',
    beyond: `Once normalised it has at most ${limits.eventBytes.toLocaleString('en')} bytes.`,
  },
  type: { description: 'What happened.' },
  tenant: { description: 'Whose event it is: 1 to 128 printable characters without spaces.' },
  job_id: { description: 'The job that it is about.', minLength: 1, maxLength: 1_024 },
  event_id: {
    description:
      'The event’s name: one that was taken already is not a second event. It goes before the headers.',
    minLength: 1,
    maxLength: limits.nameLength,
  },
  progress_percent: { description: 'How far the job is.' },
  current_step: { description: 'The step that it is at.' },
  total_steps: { description: 'How many steps it has.' },
  node_id: { description: 'The node that it runs on.' },
  artifacts: { description: 'Files that it has made.' },
  'artifacts[].url': { description: 'Where the file is.' },
  'artifacts[].filename': { description: 'What it is called.' },
});

const progress = {
  type: 'progress',
  tenant: 't1',
  job_id: 'job-123',
  progress_percent: 37.5,
  current_step: 3,
  total_steps: 8,
};

const post: Operation = {
  id: 'postLiveEvents',
  method: 'POST',
  path: '/webhook/modal',
  summary: 'Send live events',
  description:
    'Takes one event or a list, all or none, and answers when all of them are in the log. A retry is not a second event ' +
    'when the event has a name: its `event_id`, else `Idempotency-Key`, else `webhook-id`. Names hold per tenant for the ' +
    'retention time, which is 24 hours by default.',
  credentials: [senderToken],
  parameters: senderNames(
    'The event’s name where it has no `event_id`; in a list event i is named `<key>#<i>`.',
  ),
  body: {
    description: `One event, or a list of 1 to ${limits.eventsPerPost.toLocaleString('en')}; at most ${limits.bodyBytes.toLocaleString('en')} bytes of UTF-8.`,
    required: true,
    schema: {
      oneOf: [
        refTo('LiveEvent'),
        { type: 'array', items: refTo('LiveEvent'), minItems: 1, maxItems: limits.eventsPerPost },
      ],
    },
    examples: {
      one: { summary: 'One event', value: progress },
      list: {
        summary: 'A list',
        value: [
          { ...progress, event_id: 'job-123-step-4', progress_percent: 50, current_step: 4 },
          {
            type: 'job_completed',
            tenant: 't1',
            job_id: 'job-123',
            event_id: 'job-123-completed',
            artifacts: [{ url: 'https://files.example.com/job-123.png', filename: 'job-123.png' }],
          },
        ],
      },
    },
  },
  answers: [accepted],
  errors: {
    ...refusedEvents({ field: 'tenant', message: 'is missing' }),
    unauthorized: { when: '`X-Relay-Token` is missing or wrong.' },
  },
};

const stream = streamOperations({
  id: 'streamLiveEvents',
  path: liveEvents.ssePath,
  summary: 'Watch the events of a tenant',
  description: 'Every event of the tenant, as it comes.',
  credentials: [clientBearer, clientToken],
  isOpen: true,
  parameters: [
    {
      in: 'query',
      name: 'tenant',
      required: true,
      description: 'Whose events.',
      schema: schemaOf(webhookEvent.shape.tenant, {}),
      example: 't1',
    },
  ],
  frame: { ...progress, id: 'pJ4bS0XxqL2mWc7R.7', seq: 7, ts: '2026-11-21T12:00:00.000Z' },
  unauthorized: 'The bearer is missing or wrong, or is a client token that is not valid.',
  errors: {
    forbidden: {
      when: 'The client token does not cover the tenant, or the id to resume after is of another one.',
    },
    unavailable: { when: 'The published keys of client tokens cannot be had.' },
  },
  tooMany: TOO_MANY.when,
});

export const liveEventsSection: Section = {
  name: 'Live events',
  description:
    'Cloud jobs post webhooks, desktop apps watch the events of their tenant.\n\n' +
    `WebSocket: \`${liveEvents.socketPaths[0]}?tenant=<id>\` carries the same events, one text frame each. The bearer comes as ` +
    '`Authorization`, or from a browser as the subprotocol `bearer.<token>` beside `relay.v1`. A bad tenant refuses the ' +
    'handshake with 400, a bad bearer with 401; a token that does not cover the tenant, an id of another one, or a page of an origin that is not listed with 403.',
  schemas: { LiveEvent: liveEvent, Accepted: acceptedSchema },
  operations: [post, ...stream],
};
