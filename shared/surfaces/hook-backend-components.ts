/** What the routes of the hook backend are described with: credentials, and the schemas of what they take and answer. */
import * as z from 'zod/mini';
import { limits } from '../core/limits.ts';
import { type Body, type Credential, type JsonSchema, refTo } from '../openapi/operation.ts';
import { type Notes, schemaOf } from '../openapi/schema-of.ts';
import { cliEvent, noFields, revokeRequest, tokenRequest } from './hook-backend.ts';

/** Seconds. */
export const DAY = 86_400;

export const session: Credential = {
  name: 'session',
  variable: 'SESSION_TOKEN',
  scheme: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'session_token',
    description: `Who the caller is, from \`POST /api/user\`. It lasts for ${limits.sessionSeconds / DAY} days.`,
  },
};

export const hookToken: Credential = {
  name: 'hookToken',
  variable: 'HOOK_TOKEN',
  scheme: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'hook_token',
    description: 'What a command-line tool shows, from `POST /api/token`.',
  },
};

export const ticket: Credential = {
  name: 'ticket',
  variable: 'TICKET',
  scheme: {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description:
      `From \`POST /api/ticket\`, for a browser, which can send no header. It waits for ${limits.ticketSeconds} seconds and ` +
      `opens one socket, or a stream with its reconnects until ${limits.ticketGraceMs / 1_000} seconds after the last one ended.`,
  },
};

// --- what the requests carry ---

export const schemas = {
  TokenRequest: schemaOf(tokenRequest, {
    ttl_seconds: {
      description: `How long the token shall last; without it ${limits.hookTokenSeconds.usual / DAY} days.`,
    },
  }),
  RevokeRequest: schemaOf(revokeRequest, {
    '': {
      description: 'Either of the two.',
      oneOf: [{ required: ['token'] }, { required: ['token_id'] }],
    },
    token: { description: 'The token itself.' },
    token_id: { description: 'Its id.' },
  }),
  CliEvent: schemaOf(cliEvent, {
    '': { description: 'What a tool is at. Fields beyond these are left out.' },
    event_type: { description: 'What happened.' },
    event_id: {
      description:
        'The event’s name: one that was taken already is not a second event. The relay makes one where there is none.',
      minLength: 1,
      maxLength: limits.nameLength,
    },
    ts: { description: 'When it happened.', beyond: 'A date, or a date and time, as in ISO 8601.' },
    payload: {
      description: 'Any JSON.',
      beyond: `At most ${limits.payloadBytes.toLocaleString('en')} bytes of UTF-8 without white space.`,
    },
  }),
  User: answer(z.object({ user_id: z.string(), session_token: z.string() }), {
    user_id: { description: 'The user.' },
    session_token: { description: 'Shows who the caller is.' },
  }),
  Me: answer(
    z.object({
      user_id: z.string(),
      tokens: z.array(
        z.object({
          token_id: z.string(),
          type: z.literal('hook'),
          scopes: z.array(z.string()),
          exp: z.int(),
          created_at: z.int(),
        }),
      ),
    }),
    {
      user_id: { description: 'The user.' },
      tokens: { description: 'The hook tokens that open something; never a token itself.' },
      'tokens[].token_id': { description: 'Names the token.' },
      'tokens[].type': { description: 'Of which kind it is.' },
      'tokens[].scopes': { description: 'What it may do.' },
      'tokens[].exp': { description: 'When it ends, in epoch seconds.' },
      'tokens[].created_at': { description: 'When it was issued, in epoch seconds.' },
    },
  ),
  HookToken: answer(
    z.object({
      token: z.string(),
      token_id: z.string(),
      user_id: z.string(),
      type: z.literal('hook'),
      exp: z.int(),
    }),
    {
      token: { description: 'The token. It is in this answer and nowhere else.' },
      token_id: { description: 'Names it.' },
      user_id: { description: 'Whose events it sends and hears.' },
      type: { description: 'Of which kind it is.' },
      exp: { description: 'When it ends, in epoch seconds.' },
    },
  ),
  Revoked: answer(z.object({ ok: z.literal(true) }), { ok: { description: 'It opens nothing any more.' } }),
  Ticket: answer(z.object({ ticket: z.string(), expires_in: z.int() }), {
    ticket: { description: 'Goes into the address as `?ticket=`.' },
    expires_in: { description: 'Seconds in which it has to be used.' },
  }),
  CliAccepted: answer(z.object({ ok: z.literal(true), event_id: z.string() }), {
    ok: { description: 'The event is in the log.' },
    event_id: { description: 'Its name: the sender’s, or the relay’s.' },
  }),
};

function answer(schema: z.core.$ZodType, notes: Notes): JsonSchema {
  return schemaOf(schema, notes, 'output');
}

/** A JSON answer of one of these schemas. */
export function json(schema: keyof typeof schemas, example: unknown) {
  return { type: 'application/json', schema: refTo(schema), example };
}

export const empty: Body = {
  description: 'May be left out.',
  required: false,
  schema: schemaOf(noFields, {}),
  examples: {},
};
