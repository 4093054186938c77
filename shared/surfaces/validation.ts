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

/** One event of a POST. `field`: where it stands in the body; `name`: what its sender calls it. */
export interface Posted<Event> {
  readonly event: Event;
  readonly field: string;
  readonly name: string | undefined;
}

/**
 * The events of a POST, which is one or a list; all of them or none. `key`: the sender's name for the POST; an event's own goes
 * before it. Throws the 400 that names each wrong field, or that there are none or too many.
 */
export function readPosted<Schema extends z.ZodMiniType<{ event_id?: string | undefined }>>(
  schema: Schema,
  body: unknown,
  key: string | undefined,
): Posted<z.output<Schema>>[] {
  const isList = Array.isArray(body);
  const posted: readonly unknown[] = isList ? body : [body];
  if (posted.length === 0 || posted.length > limits.eventsPerPost) {
    throw invalid([{ field: 'body', message: `must hold 1 to ${limits.eventsPerPost} events` }]);
  }
  let errors: FieldError[] = [];
  const valid: Posted<z.output<Schema>>[] = [];
  for (const [index, item] of posted.entries()) {
    const result = schema.safeParse(item);
    const keyed = key !== undefined && isList ? `${key}#${index}` : key;
    const field = isList ? `[${index}]` : 'body';
    if (result.success) valid.push({ event: result.data, field, name: result.data.event_id ?? keyed });
    else errors = errors.concat(fieldErrors(result.error, isList ? field : ''));
    if (errors.length >= MOST_ERRORS) break;
  }
  if (errors.length > 0) throw invalid(errors);
  return valid;
}
