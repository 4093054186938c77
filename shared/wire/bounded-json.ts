/**
 * Reads the JSON of a packet. As with bodies (`shared/core/untrusted-json.ts`), nesting is bounded and `__proto__` keys,
 * which only ever aim at code that copies objects carelessly, are dropped; but what is wrong is a value here.
 */
import { limits } from '../core/limits.ts';
import { type Malformed, malformed } from './malformed.ts';

export interface Json {
  readonly kind: 'json';
  readonly value: unknown;
}

export function readBoundedJson(text: string): Json | Malformed {
  // JSON.parse skips white space; between the parts of a packet there is none.
  if (!/^[[{]/.test(text)) return malformed('the payload is neither a list nor an object');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return malformed('the payload is not JSON');
  }
  return disarm(value) ? { kind: 'json', value } : malformed('the payload is nested too deeply');
}

/** False where it is nested too deeply. Walks without recursion, level by level. */
function disarm(root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.depth) return false;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
      for (const child of Object.values(value)) next.push(child);
    }
    level = next;
  }
  return true;
}
