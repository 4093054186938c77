/**
 * Turns whatever a handler throws into the one error shape. A RelayError is the caller's business and logged as such; any
 * other error is ours: logged whole, told to nobody.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { MiddlewareObj } from '@middy/core';
import { type FieldError, RelayError, toProblem } from '../../shared/core/errors.ts';
import { measured } from './metrics.ts';

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Requested {
  readonly requestContext: { readonly requestId: string };
}

export function answerProblems(logger: Logger): MiddlewareObj<Requested, Answer> {
  return {
    onError(request) {
      request.response = problemAnswer(logger, request.error, request.event.requestContext.requestId);
    },
  };
}

/** Logs an error and puts it into the one shape. */
export function problemAnswer(logger: Logger, error: unknown, requestId: string): Required<Answer> {
  const problem = toProblem(error, requestId);
  const about = { request_id: problem.request_id, status: problem.status };
  if (error instanceof RelayError) {
    // Streams alone are refused for want of room.
    const full = error.code === 'busy' ? measured({ streams_refused: 1 }) : {};
    logger.info('refused', { ...about, fields: error.errors.slice(0, 20).map(loggable), ...full });
  } else {
    // The platform counts a 5xx of the HTTP API, but not one of a handshake apart from a refusal.
    logger.error('failed', {
      ...about,
      error: error ?? new Error('an empty error'),
      ...measured({ failed: 1 }),
    });
  }
  return {
    statusCode: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(error instanceof RelayError ? error.headers : {}),
    },
    body: JSON.stringify(problem),
  };
}

/** Names of ours are like this, and positions in a list; the names of a stranger's own fields may be anything. */
const OWN_STEP = /^(?:\d{1,6}|[A-Za-z_ -]{1,40})$/;

/** A field as the log may have it: a caller's answer names whatever field it sent, be it a credential or a megabyte. */
function loggable({ field, message }: FieldError): FieldError {
  const steps = field.replace(/[^.[\]]+/g, (step) => (OWN_STEP.test(step) ? step : '…'));
  return { field: steps, message };
}

/** A JSON answer. */
export function json(statusCode: number, value: unknown): Answer {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** A JSON answer that holds what is its caller's alone: nothing on the way may keep it (RFC 9111, 5.2.2.5). */
export function secretJson(statusCode: number, value: unknown): Answer {
  const answer = json(statusCode, value);
  return { ...answer, headers: { ...answer.headers, 'cache-control': 'no-store' } };
}
