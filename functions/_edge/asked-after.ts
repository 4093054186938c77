/** The cursor that a client wants to resume after, and where in its request it stands. */
import { RelayError } from '../../shared/core/errors.ts';
import { requireCursor } from '../../shared/core/resume.ts';

export interface Asked {
  readonly text: string;
  readonly field: string;
}

/** `?after=`, of which `values` are all there are. */
export function afterInQuery(values: readonly string[]): Asked | undefined {
  const [text, ...more] = values;
  const field = 'query after';
  if (more.length > 0) {
    const message = 'is given more than once';
    throw new RelayError('invalid', `Not valid: ${field}.`, [{ field, message }]);
  }
  return wellFormed(text, field);
}

/** `Last-Event-ID`, which a browser's EventSource sends when it comes back. */
export function lastEventId(text: string | undefined): Asked | undefined {
  return wellFormed(text, 'header Last-Event-ID');
}

function wellFormed(text: string | undefined, field: string): Asked | undefined {
  if (text === undefined) return undefined;
  requireCursor(text, field);
  return { text, field };
}
