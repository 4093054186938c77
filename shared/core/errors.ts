/**
 * Every error that a caller can meet: one class, one table. The HTTP answer and a refused handshake both read the same
 * row. Whatever is not one of these is a fault of ours and tells the caller nothing.
 */
export const ERRORS = {
  invalid: { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'The credentials are missing or wrong' },
  forbidden: { status: 403, title: 'The credentials do not cover this' },
  'not-found': { status: 404, title: 'Nothing was found' },
  'method-not-allowed': { status: 405, title: 'This path does not take this method' },
  'too-large': { status: 413, title: 'The request is too large' },
  conflict: { status: 409, title: 'The request is at odds with what is there' },
  'too-many': { status: 429, title: 'Too many requests' },
  busy: { status: 503, title: 'The relay is full' },
  unavailable: { status: 503, title: 'Something that this takes does not answer' },
  internal: { status: 500, title: 'The relay failed' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

export interface FieldError {
  /** Where in the request: `tenant`, `[3].artifacts[0].url`, `header X-Relay-Token`, `query tenant`, `body`. */
  readonly field: string;
  readonly message: string;
}

export class RelayError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    detail: string,
    errors: readonly FieldError[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = 'RelayError';
    this.code = code;
    this.errors = errors;
    this.headers = headers;
  }
}

/** The one error shape, `application/problem+json` (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly request_id: string;
}

/** `error` may be anything that was thrown; only a RelayError's own words reach the caller. */
export function toProblem(error: unknown, requestId: string): Problem {
  const known = error instanceof RelayError ? error : undefined;
  const code = known?.code ?? 'internal';
  return {
    type: `urn:relay:error:${code}`,
    ...ERRORS[code],
    detail: known?.message ?? 'Nothing of the request can be relied on to have happened; it may be repeated.',
    errors: known?.errors ?? [],
    request_id: requestId,
  };
}
