/**
 * Subjects of the arena: `arena.<session>.<suffix>`. What a game's engine publishes under a session is relayed to whoever
 * watches that session; what the relay itself publishes there is not.
 */

/** Every subject of the arena, for a subscription. */
export const EVERYTHING = 'arena.>';
/** Those that have a session and a suffix. */
export const OF_SESSIONS = 'arena.*.>';

/** What names a session. */
export const SESSION = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$/;
export const SESSION_RULE = 'must be 1 to 64 letters, digits, "_" or "-", and begin with a letter or a digit';

/** What the relay publishes for a session: relayed back it would be an echo. */
export const NEWS_SUFFIX = 'input.fakenews';

export function isSession(text: string): boolean {
  return SESSION.test(text);
}

export const initSubject = 'arena.init';

export function newsSubject(session: string): string {
  return `arena.${session}.${NEWS_SUFFIX}`;
}

/** Where an event goes: undefined for a subject that is never relayed. */
export function readSubject(
  subject: string,
): { readonly session: string; readonly suffix: string } | undefined {
  const [root, session = '', ...rest] = subject.split('.');
  const suffix = rest.join('.');
  if (root !== 'arena' || rest.length === 0 || !isSession(session) || suffix === NEWS_SUFFIX)
    return undefined;
  return { session, suffix };
}

export function arenaChannel(session: string): string {
  return `arena:${session}`;
}
