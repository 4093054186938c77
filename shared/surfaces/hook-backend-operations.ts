/** The HTTP routes of the hook backend, described. */
import { limits } from '../core/limits.ts';
import { senderNames } from '../openapi/event-posts.ts';
import { type Errors, type Operation, refTo, type Section } from '../openapi/operation.ts';
import { streamOperations } from '../openapi/stream-operations.ts';
import { hookBackend } from './hook-backend.ts';
import { DAY, empty, hookToken, json, schemas, session, ticket } from './hook-backend-components.ts';

const USER = 'u3f9c1a7be0425d68a1c4';
const HOOK_ID = `${USER}t5b0d92ce71fa3846`;
/** Epoch seconds. */
const ISSUED = 1_795_262_400;

// --- what all of them are refused with ---

const TOO_MANY = 'More requests than the relay takes of the token or of the address.';

function refusals(taken: 'hook' | 'session'): Errors {
  const other = taken === 'hook' ? 'session' : 'hook';
  return {
    unauthorized: { when: 'The bearer is missing or wrong, has expired or was revoked.' },
    forbidden: { when: `The bearer is a ${other} token; a ${taken} token is taken here.` },
    'too-many': { when: TOO_MANY },
  };
}

function bodyRefusals(field: string, message: string): Errors {
  return {
    invalid: {
      when: 'The body is no JSON, or fields of it are wrong; each is named.',
      fields: [{ field, message }],
    },
    'too-large': { when: `The body is larger than ${limits.bodyBytes.toLocaleString('en')} bytes.` },
  };
}

const secret = { 'Cache-Control': '`no-store`: what is in it is the caller’s alone.' };
const event = {
  event_type: 'task_progress',
  event_id: 'build-7-step-3',
  ts: '2026-11-21T12:00:00Z',
  payload: { step: 3, of: 8 },
};

// --- routes ---

const createUser: Operation = {
  id: 'createUser',
  method: 'POST',
  path: '/api/user',
  summary: 'Become a user',
  description:
    'Makes an anonymous user with a session. A caller that shows a session’s token is a user already, and is answered ' +
    'with the same user and token.',
  credentials: [session],
  isOpen: true,
  parameters: [],
  body: empty,
  answers: [
    {
      status: 200,
      description: 'The user and their session.',
      headers: secret,
      content: json('User', { user_id: USER, session_token: `session_${USER}t0a1b2c3d4e5f6789_…` }),
    },
  ],
  errors: {
    ...refusals('session'),
    unauthorized: { when: 'The bearer that is shown is wrong, has expired or was revoked.' },
    ...bodyRefusals('body', 'must be an object'),
  },
};

const me: Operation = {
  id: 'getMe',
  method: 'GET',
  path: '/api/me',
  summary: 'Who I am, and my hook tokens',
  description: 'The user of the session, and their active hook tokens.',
  credentials: [session],
  parameters: [],
  answers: [
    {
      status: 200,
      description: 'The user.',
      headers: secret,
      content: json('Me', {
        user_id: USER,
        tokens: [
          {
            token_id: HOOK_ID,
            type: 'hook',
            scopes: hookBackend.scopes,
            exp: ISSUED + limits.hookTokenSeconds.usual,
            created_at: ISSUED,
          },
        ],
      }),
    },
  ],
  errors: refusals('session'),
};

const issueToken: Operation = {
  id: 'issueToken',
  method: 'POST',
  path: '/api/token',
  summary: 'Issue a hook token',
  description: 'A token for a tool that sends this user’s events.',
  credentials: [session],
  parameters: [],
  body: {
    description: 'May be left out.',
    required: false,
    schema: refTo('TokenRequest'),
    examples: { day: { summary: 'For a day', value: { ttl_seconds: DAY } } },
  },
  answers: [
    {
      status: 200,
      description: 'The token.',
      headers: secret,
      content: json('HookToken', {
        token: `hook_${HOOK_ID}_…`,
        token_id: HOOK_ID,
        user_id: USER,
        type: 'hook',
        exp: ISSUED + DAY,
      }),
    },
  ],
  errors: {
    ...refusals('session'),
    ...bodyRefusals('ttl_seconds', 'must be at least 1'),
    conflict: {
      when: `The user has ${limits.hookTokensPerUser.toLocaleString('en')} hook tokens, which is the most.`,
    },
  },
};

const revokeToken: Operation = {
  id: 'revokeToken',
  method: 'POST',
  path: '/api/token/revoke',
  summary: 'Take a token back',
  description:
    'Once this is answered the token opens nothing, and no later event reaches a socket or a stream that it opened; they are ' +
    'closed. A session can be taken back like a hook token.',
  credentials: [session],
  parameters: [],
  body: {
    description: 'Which token.',
    required: true,
    schema: refTo('RevokeRequest'),
    examples: {
      id: { summary: 'By its id', value: { token_id: HOOK_ID } },
      token: { summary: 'By itself', value: { token: `hook_${HOOK_ID}_…` } },
    },
  },
  answers: [{ status: 200, description: 'It is taken back.', content: json('Revoked', { ok: true }) }],
  errors: {
    ...refusals('session'),
    ...bodyRefusals('body', 'must have either token or token_id'),
    'not-found': {
      when: 'The caller has no such token.',
      fields: [{ field: 'token_id', message: 'names no token of the caller' }],
    },
  },
};

const issueTicket: Operation = {
  id: 'issueTicket',
  method: 'POST',
  path: '/api/ticket',
  summary: 'Issue a ticket for a browser',
  description: 'Stands in the address where a browser can send no header. It ends with its session.',
  credentials: [session],
  parameters: [],
  body: empty,
  answers: [
    {
      status: 200,
      description: 'The ticket.',
      headers: secret,
      content: json('Ticket', {
        ticket: `ticket_${USER}t9e8d7c6b5a493827_…`,
        expires_in: limits.ticketSeconds,
      }),
    },
  ],
  errors: { ...refusals('session'), ...bodyRefusals('body', 'must be an object') },
};

const postEvent: Operation = {
  id: 'postCliEvent',
  method: 'POST',
  path: '/api/webhook/cli',
  summary: 'Send an event of a tool',
  description:
    'Answers when the event is in the log. A retry is not a second event when the event has a name: its `event_id`, else ' +
    '`Idempotency-Key`, else `webhook-id`; it is answered like the first.',
  credentials: [hookToken],
  parameters: senderNames('The event’s name where it has no `event_id`.'),
  body: {
    description: 'One event.',
    required: true,
    schema: refTo('CliEvent'),
    examples: { progress: { summary: 'A step', value: event } },
  },
  answers: [
    {
      status: 200,
      description: 'Accepted: the event is in the log.',
      content: json('CliAccepted', { ok: true, event_id: event.event_id }),
    },
  ],
  errors: {
    ...refusals('hook'),
    ...bodyRefusals('event_type', 'is missing'),
    'too-large': { when: 'The payload or the body is too large.' },
  },
};

const stream = streamOperations({
  id: 'streamUserEvents',
  path: hookBackend.ssePath,
  summary: 'Watch the events of a user',
  description: 'Every event of the user whose token or ticket it is, as it comes.',
  credentials: [session, hookToken, ticket],
  parameters: [],
  frame: { ...event, id: 'Vt2kQ9dLw0aXc5ZR.12', seq: 12 },
  unauthorized: 'The bearer or the ticket is missing or wrong, has expired, was used or was revoked.',
  tooMany: TOO_MANY,
});

export const hookBackendSection: Section = {
  name: 'Hook backend',
  description:
    'Command-line tools post what they are at, web apps watch the events of their own user.\n\n' +
    `WebSocket: \`${hookBackend.socketPaths[0]}\` carries the same events, one text frame each; one over 32 KB comes as several ` +
    'frames of the protocol. It takes a session or hook token as `Authorization: Bearer`, or from a browser as the subprotocol ' +
    '`bearer.<token>` beside `relay.v1`, or `?ticket=`. A bad query refuses the handshake with 400, bad credentials with 401, ' +
    'an id of another user or a page of an origin that is not listed with 403, too many handshakes with 429.',
  schemas,
  operations: [createUser, me, issueToken, revokeToken, issueTicket, postEvent, ...stream],
};
