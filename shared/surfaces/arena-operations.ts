/** The HTTP routes of the arena, described. What they take is said by the schemas that validate it. */
import { NEWS_SUFFIX, SESSION } from '../arena/subject.ts';
import { limits } from '../core/limits.ts';
import { accepted, refusedEvents, senderNames, TOO_MANY } from '../openapi/event-posts.ts';
import {
  type Credential,
  type JsonSchema,
  type Operation,
  type Parameter,
  refTo,
  type Section,
} from '../openapi/operation.ts';
import { schemaOf } from '../openapi/schema-of.ts';
import { arena, arenaEvent, initBody, MOST_SUFFIX, newsBody, SUFFIX, submitBody } from './arena.ts';
import { senderToken } from './live-events-operations.ts';

const master: Credential = {
  name: 'arenaToken',
  variable: 'ARENA_TOKEN',
  scheme: {
    type: 'http',
    scheme: 'bearer',
    description:
      `The game master’s token, \`${arena.masterSecret}\`. In local development nothing is asked for as long as that has no value; a ` +
      'deployment may be open on purpose (`relay:openArena`).',
  },
};

const sessionField = { description: 'The session.', pattern: SESSION.source };
const contentField = {
  description: `What the engine is fed: at most ${limits.eventBytes.toLocaleString('en')} bytes as JSON.`,
  minLength: 1,
};

const ofPath: Parameter = {
  in: 'path',
  name: 'session_id',
  required: true,
  description: 'The session.',
  schema: { type: 'string', pattern: SESSION.source },
  example: 'test-001',
};

const told: JsonSchema = {
  type: 'object',
  description: 'That the message is with the NATS server.',
  required: ['ok', 'session_id'],
  properties: {
    ok: { const: true, description: 'Always this.' },
    session_id: { type: 'string', description: 'The session.' },
  },
};

/** What the three routes to the engine have in common. */
function toEngine(
  operation: Pick<Operation, 'id' | 'path' | 'summary' | 'parameters'> & {
    readonly publishes: string;
    readonly schema: string;
    readonly example: unknown;
    readonly fields: readonly string[];
  },
): Operation {
  const { publishes, schema, example, fields, ...rest } = operation;
  return {
    ...rest,
    method: 'POST',
    description: `Publishes ${publishes} and answers when the NATS server has it. Whether an engine listens is not known.`,
    credentials: [master],
    isOpen: true,
    body: {
      description: `At most ${limits.bodyBytes.toLocaleString('en')} bytes of UTF-8.`,
      required: true,
      schema: refTo(schema),
      examples: { one: { summary: 'For the session test-001', value: example } },
    },
    answers: [
      {
        status: 202,
        description: 'The NATS server has it.',
        content: {
          type: 'application/json',
          schema: refTo('Told'),
          example: { ok: true, session_id: 'test-001' },
        },
      },
    ],
    errors: {
      invalid: {
        when: `The body is no JSON object, or ${fields.join(' or ')} is wrong; each is named.`,
        fields: [{ field: fields[0] ?? 'body', message: 'is missing' }],
      },
      unauthorized: {
        when: 'A token is needed, and `Authorization` has none, or a wrong one.',
        fields: [{ field: 'header Authorization', message: 'is missing' }],
      },
      'too-many': TOO_MANY,
      'too-large': { when: 'The body is too large, or what is to be published.' },
      unavailable: { when: 'No NATS server is configured, or none takes the message within 2 seconds.' },
    },
  };
}

const init = toEngine({
  id: 'initSession',
  path: arena.initPath,
  summary: 'Start a session',
  parameters: [],
  publishes: '`arena.init` with `{"session_id": …}`',
  schema: 'InitSession',
  example: { session_id: 'test-001' },
  fields: ['session_id'],
});

const NEWS = '`arena.<session_id>.input.fakenews` with the content as a JSON string';

const submit = toEngine({
  id: 'submitNews',
  path: arena.submitPath,
  summary: 'Feed a session',
  parameters: [],
  publishes: NEWS,
  schema: 'SubmitNews',
  example: { session_id: 'test-001', content: 'Birds are government drones' },
  fields: ['session_id', 'content'],
});

const news = toEngine({
  id: 'postFakenews',
  path: arena.newsPath,
  summary: 'Feed the session of the path',
  parameters: [ofPath],
  publishes: NEWS,
  schema: 'Fakenews',
  example: { content: 'Birds are government drones' },
  fields: ['content'],
});

const events: Operation = {
  id: 'postArenaEvents',
  method: 'POST',
  path: arena.eventsPath,
  summary: 'Send what happens in a session, without NATS',
  description:
    'Takes one event of the session or a list, all or none, and answers when all of them are in the log. A retry is not a second ' +
    'event when the event has a name: its `event_id`, else `Idempotency-Key`, else `webhook-id`.',
  credentials: [senderToken],
  parameters: [
    ofPath,
    ...senderNames('The event’s name where it has none; in a list event i is named `<key>#<i>`.'),
  ],
  body: {
    description: `An event, or a list of 1 to ${limits.eventsPerPost.toLocaleString('en')}; at most ${limits.bodyBytes.toLocaleString('en')} bytes of UTF-8.`,
    required: true,
    schema: {
      anyOf: [
        refTo('ArenaEvent'),
        { type: 'array', minItems: 1, maxItems: limits.eventsPerPost, items: refTo('ArenaEvent') },
      ],
    },
    examples: {
      death: {
        summary: 'A death',
        value: {
          subject: 'event.death',
          data: { agent_id: 'marcus-001', agent_name: 'Marcus', round: 3, cause: 'lowest_score' },
        },
      },
      list: {
        summary: 'A list',
        value: [
          { subject: 'round.start', data: { round: 1, fake_news: 'Birds are drones', context: '' } },
          { subject: 'phase.start', data: { round: 1, phase: 'debate' } },
        ],
      },
    },
  },
  answers: [accepted],
  errors: {
    ...refusedEvents(
      { field: 'subject', message: 'is missing' },
      'The session of the path breaks its pattern',
    ),
    unauthorized: {
      when: '`X-Relay-Token` is missing or wrong.',
      fields: [{ field: 'header X-Relay-Token', message: 'is wrong' }],
    },
  },
};

const health: JsonSchema = {
  type: 'object',
  description: 'That the relay answers, and whether NATS does.',
  required: ['status', 'service', 'nats_connected'],
  properties: {
    status: { const: 'ok', description: 'Always this.' },
    service: { const: 'relay', description: 'Always this.' },
    nats_connected: {
      type: 'boolean',
      description:
        'Whether a message of this function has just reached the bridge through the NATS servers, and been answered. False where no ' +
        'server is configured. A second old at the most.',
    },
  },
};

const asksHealth = (method: 'GET' | 'POST', id: string): Operation => ({
  id,
  method,
  path: '/health',
  summary: 'Whether the relay answers, and NATS',
  description: 'Open to anybody, and always 200. Neither the table nor a token is asked for it.',
  credentials: [],
  parameters: [],
  answers: [
    {
      status: 200,
      description: 'It answers.',
      content: {
        type: 'application/json',
        schema: refTo('Health'),
        example: { status: 'ok', service: 'relay', nats_connected: true },
      },
    },
  ],
  errors: {},
});

export const arenaSection: Section = {
  name: 'The arena',
  description:
    'A game’s engine publishes what happens in a session, front ends watch the session, a game master feeds it.\n\n' +
    `WebSocket: \`${arena.socketPaths[0]}\`. Every message on NATS \`arena.<session_id>.<suffix>\` arrives as ` +
    '`{"subject": "<suffix>", "data": <payload>}` with `id` and `seq`; what was posted here likewise. A malformed session id refuses ' +
    'the handshake with 400, a missing or bad client token with 401 where one is needed, one that does not cover ' +
    '`arena:<session_id>`, or a page of an origin that is not listed, with 403.',
  schemas: {
    InitSession: schemaOf(initBody, {
      '': { description: 'The session to start.' },
      session_id: sessionField,
    }),
    SubmitNews: schemaOf(submitBody, {
      '': { description: 'What to feed to which session.' },
      session_id: sessionField,
      content: contentField,
    }),
    Fakenews: schemaOf(newsBody, {
      '': { description: 'What to feed to the session.' },
      content: contentField,
    }),
    Told: told,
    ArenaEvent: schemaOf(arenaEvent, {
      '': {
        description: `An event. Once normalised it has at most ${limits.eventBytes.toLocaleString('en')} bytes.`,
      },
      subject: {
        description: 'What it is, as the part of a subject on NATS behind the session; not `input.fakenews`.',
        pattern: SUFFIX.source,
        maxLength: MOST_SUFFIX,
        not: { const: NEWS_SUFFIX },
      },
      data: { description: 'Any JSON value, null among them.', beyond: 'It must be there.' },
      event_id: {
        description:
          'The event’s name: one that was taken already is not a second event. It goes before the headers.',
        minLength: 1,
        maxLength: limits.nameLength,
      },
    }),
    Health: health,
  },
  operations: [init, submit, news, events, asksHealth('GET', 'getHealth'), asksHealth('POST', 'postHealth')],
};
