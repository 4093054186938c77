/** The errors as answers: every status, title and type comes from the one table that the functions answer from. */
import { ERRORS, type ErrorCode, type Problem, RelayError, toProblem } from '../core/errors.ts';
import { type Errors, type Example, type JsonSchema, type Refusal, refTo } from './operation.ts';
import { headersOf, type Response } from './response.ts';

export const PROBLEM_TYPE = 'application/problem+json';

const members: Readonly<Record<keyof Problem, JsonSchema>> = {
  type: { type: 'string', description: 'Which error it is; it does not change.' },
  title: { type: 'string', description: 'The same in words.' },
  status: { type: 'integer', description: 'The status of the answer.' },
  detail: { type: 'string', description: 'What is wrong with this request.' },
  errors: {
    type: 'array',
    description: 'Each field that is wrong; empty where it is no matter of fields.',
    items: {
      type: 'object',
      required: ['field', 'message'],
      additionalProperties: false,
      properties: {
        field: {
          type: 'string',
          description:
            'Where: `tenant`, `[3].artifacts[0].url` in a list, `header X-Relay-Token`, `query tenant`, `body`.',
        },
        message: { type: 'string', description: 'What is wrong with it; it follows the name of the field.' },
      },
    },
  },
  request_id: { type: 'string', description: 'Names the request in the relay’s logs.' },
};

export const problemSchema: JsonSchema = {
  type: 'object',
  description: 'The one shape of an error, after RFC 9457.',
  required: Object.keys(members),
  additionalProperties: false,
  properties: members,
};

const RETRY_AFTER = { 'Retry-After': 'Seconds until it is worth asking again.' };

/** Headers that an error always has. */
const headers: Readonly<Partial<Record<ErrorCode, Readonly<Record<string, string>>>>> = {
  'method-not-allowed': { Allow: 'The methods that the path takes.' },
  'too-many': RETRY_AFTER,
  busy: RETRY_AFTER,
  unavailable: RETRY_AFTER,
};

/** One answer a status. Where two errors have the same status, both are named. */
export function problemResponses(errors: Errors): Record<string, Response> {
  const byStatus = new Map<number, [ErrorCode, Refusal][]>();
  for (const [code, refusal] of Object.entries(errors) as [ErrorCode, Refusal][]) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), [code, refusal]]);
  }
  return Object.fromEntries([...byStatus].map(([status, found]) => [status, response(status, found)]));
}

function response(status: number, errors: readonly [ErrorCode, Refusal][]): Response {
  const examples = errors.map(([code, refusal]): [ErrorCode, Example] => [
    code,
    { summary: ERRORS[code].title, value: exampleOf(code, refusal) },
  ]);
  return {
    description: errors.map(([, { when }]) => when).join('\n\n'),
    ...headersOf(Object.assign({}, ...errors.map(([code]) => headers[code]))),
    content: {
      [PROBLEM_TYPE]: {
        schema: {
          allOf: [refTo('Problem')],
          properties: {
            type: { enum: errors.map(([code]) => problemType(code)) },
            status: { const: status },
          },
        },
        examples: Object.fromEntries(examples),
      },
    },
  };
}

function problemType(code: ErrorCode): string {
  return toProblem(new RelayError(code, ''), '').type;
}

function exampleOf(code: ErrorCode, { when, fields = [] }: Refusal): Problem {
  const [first] = fields;
  const detail = first ? `Not valid: ${first.field}.` : when.replaceAll('`', '');
  return toProblem(new RelayError(code, detail, fields), 'UcK30iJ8IAMEPYg=');
}
