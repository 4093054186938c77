/**
 * The signature of a body: `sha256=<HMAC-SHA256 of the raw bytes, 64 hexadecimal digits>`. What is not of that form is
 * wrong like any other signature; nothing of it throws.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const SIGNATURE = /^sha256=([0-9A-Fa-f]{64})$/;

/** In constant time. `secrets`: every value that is valid at the moment; two while a secret is being rotated. */
export function matchesSignature(presented: string, body: Uint8Array, secrets: readonly string[]): boolean {
  const [, hex] = SIGNATURE.exec(presented) ?? [];
  if (hex === undefined) return false;
  const signature = Buffer.from(hex, 'hex');
  let matches = false;
  for (const secret of secrets) {
    if (timingSafeEqual(signature, createHmac('sha256', secret).update(body).digest())) matches = true;
  }
  return matches;
}
