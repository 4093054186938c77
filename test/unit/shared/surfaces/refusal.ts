/** What a surface refuses: the error's class and the fields that it names. */
import { type FieldError, RelayError } from '../../../../shared/core/errors.ts';

export interface Refusal {
  readonly code: string;
  readonly fields: readonly string[];
  readonly errors: readonly FieldError[];
}

export function refusal(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    return { code: error.code, fields: error.errors.map(({ field }) => field), errors: error.errors };
  }
  throw new Error('was taken');
}
