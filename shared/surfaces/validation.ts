/** What the surfaces' schemas share: their wording, and the error that names each wrong field. */
import * as z from 'zod/mini';
import { FRAME_OVERHEAD } from '../core/cursor.ts';
import { type FieldError, RelayError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';

export const saying = (message: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is missing' : message),
});

export const text = z.string(saying('must be a string'));

/** In code points. */
export const lengthOf = (most: number) =>
  z.refine<string>((value) => value !== '' && [...value].length <= most, {
    error: `must be 1 to ${most} characters`,
  });

/** Most errors that one answer lists: a list of junk has hundreds of thousands, and an answer ends at 6 MB. */
export const MOST_ERRORS = 5_000;

export function invalid(errors: readonly FieldError[]): RelayError {
  const named = [...new Set(errors.map(({ field }) => field))].slice(0, 5).join(', ');
  const more =
    errors.length > MOST_ERRORS ? ` The first ${MOST_ERRORS} of ${errors.length} errors are listed.` : '';
  return new RelayError('invalid', `Not valid: ${named}.${more}`, errors.slice(0, MOST_ERRORS));
}

export function fieldErrors(error: z.core.$ZodError, prefix: string): FieldError[] {
  return error.issues.map((issue) => {
    const path = issue.path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
      .join('');
    const field = prefix === '' ? path.replace(/^\./, '') : `${prefix}${path}`;
    return { field: field === '' ? 'body' : field, message: issue.message };
  });
}

/** The one value of a query parameter; undefined where there is none. */
export function onlyValue(values: readonly string[], field: string): string | undefined {
  if (values.length > 1) throw invalid([{ field, message: 'is given more than once' }]);
  return values[0];
}

/** Refuses an event that is too large as clients would see it. `json`: normalised, without `id` and `seq`. */
export function assertFits(json: string, field: string): void {
  const bytes = Buffer.byteLength(json) + FRAME_OVERHEAD;
  if (bytes <= limits.eventBytes) return;
  const message = `is ${bytes} bytes once normalised; at most ${limits.eventBytes} are taken`;
  throw new RelayError('too-large', `An event ${message}.`, [{ field, message }]);
}
