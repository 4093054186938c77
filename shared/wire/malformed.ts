/** What is no packet. A value, not a throw: from a stranger it is as normal as a packet. */
export interface Malformed {
  readonly kind: 'malformed';
  /** For whoever reads the log or debugs a client; repeats nothing of what was sent. */
  readonly reason: string;
}

export function malformed(reason: string): Malformed {
  return { kind: 'malformed', reason };
}
