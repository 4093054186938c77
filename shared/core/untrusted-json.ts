/**
 * Reads JSON that a stranger sent. Malformed input is a value of the error class, never a crash: nesting is bounded
 * (V8's own writer gives up at a few thousand levels), and `__proto__` keys, which only ever aim at code that copies
 * objects carelessly, are dropped.
 */
import { RelayError } from './errors.ts';
import { limits } from './limits.ts';

export function parseUntrustedJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidBody(text === '' ? 'is empty; JSON is expected' : 'is not JSON');
  }
  disarm(value);
  return value;
}

/** Walks without recursion, level by level. */
function disarm(root: unknown): void {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.depth) throw invalidBody(`is nested deeper than ${limits.depth} levels`);
    const next: unknown[] = [];
    for (const value of level) {
      // 1e999 reads as Infinity, which would be written as null: refused rather than changed.
      if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
        throw beyondRange(root);
      }
      if (typeof value !== 'object' || value === null) continue;
      if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
      for (const child of Object.values(value)) next.push(child);
    }
    level = next;
  }
}

/** Only where it is known that there is one: looks for it again, this time with the way to it. */
function beyondRange(root: unknown): RelayError {
  const ways: { value: unknown; field: string }[] = [{ value: root, field: '' }];
  for (let way = ways.pop(); way; way = ways.pop()) {
    const { value, field } = way;
    if (typeof value === 'number' && !Number.isFinite(value)) {
      const message = 'must be a number that a double can hold';
      return new RelayError('invalid', `Not valid: ${field || 'body'}.`, [
        { field: field || 'body', message },
      ]);
    }
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      const step = Array.isArray(value) ? `[${key}]` : field === '' ? key : `.${key}`;
      ways.push({ value: child, field: field + step });
    }
  }
  return invalidBody('holds a number beyond the range of a double');
}

function invalidBody(message: string): RelayError {
  return new RelayError('invalid', `The body ${message}.`, [{ field: 'body', message }]);
}
