/** The headers by which a sender names what it posts, so that its retry is not a second event. */
import { limits } from '../core/limits.ts';
import type { Parameter } from './operation.ts';

export function senderNames(description: string): Parameter[] {
  const schema = { type: 'string', minLength: 1, maxLength: limits.nameLength };
  return [
    { in: 'header', name: 'Idempotency-Key', description, schema },
    { in: 'header', name: 'webhook-id', description: 'The same; `Idempotency-Key` goes before it.', schema },
  ];
}
