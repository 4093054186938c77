/** What every stream of server-sent events has in common: how it is resumed, how it ends, and what HEAD and OPTIONS answer. */
import { limits } from '../core/limits.ts';
import type { Answer, Errors, Operation, Parameter } from './operation.ts';

export interface Stream
  extends Pick<
    Operation,
    'id' | 'path' | 'summary' | 'description' | 'credentials' | 'isOpen' | 'parameters'
  > {
  /** An event as a client sees it. */
  readonly frame: { readonly id: string; readonly [field: string]: unknown };
  /** When it answers 401. */
  readonly unauthorized: string;
  /** When it answers 429. */
  readonly tooMany: string;
  /** Errors beyond those of every stream, or in place of them. */
  readonly errors?: Errors;
}

const TYPE = 'text/event-stream';
const CURSOR = { type: 'string' };

const resuming: readonly Parameter[] = [
  {
    in: 'header',
    name: 'Last-Event-ID',
    description:
      'The `id` of the last event that the client has: everything since follows, once and in order. `EventSource` sends it ' +
      'by itself. It goes before `after`.',
    schema: CURSOR,
  },
  { in: 'query', name: 'after', description: 'The same, for a first request.', schema: CURSOR },
];

const ABOUT =
  `Each event has its cursor as \`id:\` and its frame as \`data:\`; there is no \`event:\`. A quiet stream says something every ` +
  `${limits.streamCommentMs / 1_000} seconds, and ends after ${limits.streamWindowMs / 1_000}; a client that comes back with its ` +
  'last id has missed nothing.\n\n' +
  'At the plain AWS addresses this path is at the function’s own URL (the output `SseUrl`).';

/** GET, and the HEAD and OPTIONS that belong to it. */
export function streamOperations(stream: Stream): Operation[] {
  const { id, path, credentials, isOpen, frame, unauthorized } = stream;
  const common = { path, isStream: true } as const;
  const text = `retry: ${limits.streamRetryMs}\nid: ${previous(frame.id)}\n\nid: ${frame.id}\ndata: ${JSON.stringify(frame)}\n\n`;
  const headers = { 'Cache-Control': '`no-store`.' };
  const opened: Answer = { status: 200, description: 'The stream.', headers };
  const errors = {
    invalid: {
      when: 'The query or the id to resume after is malformed.',
      fields: [{ field: 'query after', message: 'is no id of this relay' }],
    },
    unauthorized: { when: unauthorized },
    forbidden: { when: 'The id to resume after is of another channel.' },
    'too-many': { when: stream.tooMany },
    ...stream.errors,
  };
  const asked = {
    ...common,
    credentials,
    ...(isOpen && { isOpen }),
    parameters: [...stream.parameters, ...resuming],
  };
  return [
    {
      ...asked,
      id,
      method: 'GET',
      summary: stream.summary,
      description: `${stream.description} ${ABOUT}`,
      answers: [{ ...opened, content: { type: TYPE, schema: { type: 'string' }, example: text } }],
      errors: {
        ...errors,
        busy: {
          when: 'As many streams are open as the relay carries. `EventSource` gives up here and has to be opened anew.',
        },
      },
    },
    {
      ...asked,
      id: `${id}Head`,
      method: 'HEAD',
      summary: 'The head of the stream',
      description: 'Answers as GET would begin, without taking a stream’s place.',
      answers: [opened],
      errors,
    },
    {
      ...common,
      id: `${id}Options`,
      method: 'OPTIONS',
      summary: 'The methods of the stream',
      description: 'Names the methods that the path takes.',
      credentials: [],
      parameters: [],
      answers: [
        { status: 204, description: 'No content.', headers: { Allow: 'The methods that the path takes.' } },
      ],
      errors: {},
    },
  ];
}

/** Where a stream that begins before this event stands. */
function previous(id: string): string {
  return id.replace(/\d+$/, (seq) => String(Number(seq) - 1));
}
