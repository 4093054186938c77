/** HTTP API events, payload format 2.0: what the functions read of them. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { RelayError } from '../../shared/core/errors.ts';
import { limits } from '../../shared/core/limits.ts';

/** The body as it was sent, byte for byte; the gateway sends anything but JSON and text as base64. */
export function bodyBytes(event: APIGatewayProxyEventV2): Uint8Array {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > limits.bodyBytes) {
    const message = `is ${bytes.length} bytes; at most ${limits.bodyBytes} are taken`;
    throw new RelayError('too-large', `The body ${message}.`, [{ field: 'body', message }]);
  }
  return bytes;
}

/** The body as text. */
export function bodyText(event: APIGatewayProxyEventV2): string {
  const bytes = bodyBytes(event);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RelayError('invalid', 'The body is not UTF-8.', [{ field: 'body', message: 'is not UTF-8' }]);
  }
}

/** The sender's name for the POST. `Idempotency-Key` goes before `webhook-id`. */
export function senderKey(event: APIGatewayProxyEventV2): string | undefined {
  for (const header of ['idempotency-key', 'webhook-id']) {
    const value = event.headers[header];
    if (value === undefined) continue;
    if (value !== '' && [...value].length <= limits.nameLength) return value;
    const message = `must be 1 to ${limits.nameLength} characters`;
    throw new RelayError('invalid', `Not valid: header ${header}.`, [{ field: `header ${header}`, message }]);
  }
  return undefined;
}
