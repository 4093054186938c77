/** What the surfaces' POSTs of events have in common: how a sender names them, what they are answered with, and why they are refused. */
import * as z from 'zod/mini';
import type { FieldError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { type Answer, type Errors, type Parameter, type Refusal, refTo } from './operation.ts';
import { schemaOf } from './schema-of.ts';

/** The headers by which a sender names what it posts, so that its retry is not a second event. */
export function senderNames(description: string): Parameter[] {
  const schema = { type: 'string', minLength: 1, maxLength: limits.nameLength };
  return [
    { in: 'header', name: 'Idempotency-Key', description, schema },
    { in: 'header', name: 'webhook-id', description: 'The same; `Idempotency-Key` goes before it.', schema },
  ];
}

/** What `accepted` refers to; the first surface that answers with it has it among its schemas. */
export const acceptedSchema = schemaOf(
  z.object({ ok: z.literal(true), ids: z.array(z.string()) }),
  {
    ok: { description: 'The events are in the log.' },
    ids: { description: 'The id of each event, in the order of the POST: its cursor.' },
  },
  'output',
);

export const accepted: Answer = {
  status: 202,
  description: 'Accepted: every event is in the log.',
  content: {
    type: 'application/json',
    schema: refTo('Accepted'),
    example: { ok: true, ids: ['pJ4bS0XxqL2mWc7R.7'] },
  },
};

export const TOO_MANY: Refusal = {
  when: 'More requests than the relay takes of an address, where it is held to a rate.',
};

/** Why events are refused, whatever the caller shows. `wrong`: the field of the example; `alsoWhen`: what else is invalid. */
export function refusedEvents(wrong: FieldError, alsoWhen = ''): Errors {
  return {
    invalid: {
      when: `${alsoWhen === '' ? 'The' : `${alsoWhen}, the`} body is no JSON, or nested deeper than ${limits.depth} levels, or fields of it are wrong; each is named.`,
      fields: [wrong],
    },
    'too-many': TOO_MANY,
    'too-large': { when: 'The body or an event of it is too large; in a list the event is named.' },
  };
}
