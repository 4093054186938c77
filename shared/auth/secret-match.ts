/** Compares a presented token with a secret in constant time: both are hashed, so that lengths tell nothing either. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** `secrets`: every value that is valid at the moment; two while a secret is being rotated. */
export function matchesSecret(presented: string, secrets: readonly string[]): boolean {
  const digest = sha256(presented);
  let matches = false;
  for (const secret of secrets) {
    if (timingSafeEqual(digest, sha256(secret))) matches = true;
  }
  return matches;
}

/** A secret's text is one value, or a JSON list of values that are all valid. Surrounding white space is not part of it. */
export function secretValues(text: string): string[] {
  const trimmed = text.trim();
  const list = jsonList(trimmed);
  if (!list) return trimmed === '' ? [] : [trimmed];
  return list.filter((value): value is string => typeof value === 'string' && value !== '');
}

function jsonList(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // a plain value; hardly any token is JSON
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
