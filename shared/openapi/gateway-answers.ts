/**
 * What is answered before or instead of a function of ours, by API Gateway and by Lambda at a function URL. These are not in
 * our error shape, nor in our hand; docs/operate.md lists the same.
 */
import type { Response } from './response.ts';

export interface GatewayAnswer {
  readonly status: number;
  readonly when: string;
  readonly body: string;
}

export const httpApiAnswers: readonly GatewayAnswer[] = [
  { status: 413, when: 'a body over 10 MB', body: '{"message":"Request Entity Too Large"}' },
  { status: 429, when: 'the account’s rate (10,000 a second)', body: '{"message":"Too Many Requests"}' },
  {
    status: 500,
    when: 'a function crashed or ran out of memory',
    body: '{"message":"Internal Server Error"}',
  },
  { status: 503, when: 'a function took longer than 30 s', body: '{"message":"Service Unavailable"}' },
];

export const functionUrlAnswers: readonly GatewayAnswer[] = [
  {
    status: 429,
    when: 'more refusals at once than ten, when all streams are taken',
    body: '{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}',
  },
  { status: 502, when: 'the stream’s function crashed before its first byte', body: 'Internal Server Error' },
];

export const gatewayResponses: Readonly<Record<'FunctionUrl' | 'HttpApi', Response>> = {
  HttpApi: {
    description: `API Gateway’s, at every route but streams:\n\n${list(httpApiAnswers)}`,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['message'],
          properties: { message: { type: 'string', description: 'The gateway’s words.' } },
        },
      },
    },
  },
  FunctionUrl: {
    description: `Lambda’s, at streams:\n\n${list(functionUrlAnswers)}`,
  },
};

function list(answers: readonly GatewayAnswer[]): string {
  return answers.map(({ status, when, body }) => `- ${status}: ${when}. \`${body}\``).join('\n');
}
