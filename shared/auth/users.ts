/** Anonymous users: somebody who was given a session's token, and what is on record about them. */
export interface Users {
  /** `at`, `exp`: epoch seconds. A user ends with the session, without which nobody can be them. */
  put(user: string, at: number, exp: number): Promise<void>;
  /**
   * Puts an act on record. To be called before the act: a record of what a crash has prevented misleads less than an act
   * that nobody recorded.
   */
  record(act: Act): Promise<void>;
}

export interface Act {
  readonly user: string;
  readonly what: 'user.create' | 'token.issue' | 'token.revoke' | 'ticket.issue';
  /** Id of the token that is issued or revoked, or that a ticket stands for. */
  readonly token?: string;
  readonly requestId: string;
  /** Of the caller. */
  readonly address: string;
}
