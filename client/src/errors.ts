/** What goes wrong without ending a stream: the client says it by `on('error')` and goes on by itself. */

export type ErrorCode =
  /** The `token` callback threw, took too long or gave what cannot be sent. */
  | 'token'
  /** A handshake failed before anything was heard; `status` where the transport tells it (SSE alone). */
  | 'handshake'
  /** Nothing answered in time; the connection was given up. */
  | 'timeout'
  /** The relay sent what the protocol does not know, or refused a request of ours. */
  | 'protocol';

export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly code: ErrorCode;
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, more: { status?: number | undefined; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.status = more.status;
  }
}
