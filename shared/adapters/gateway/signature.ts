/**
 * AWS Signature Version 4 for what the relay calls without the SDK: @connections, and hand-offs. A fan-out signs thousands of them a second, and the SDK's
 * general signer costs several times what the call itself does; the signing key, which changes once a day, is kept here.
 * A test holds the result against the SDK's own.
 *
 * Platform rule: every `x-amz-*` header that is sent must be signed, and so must `content-type`.
 * Source: "Create a signed AWS API request" in the IAM user guide.
 */
import { createHmac, createSecretKey, type Hmac, hash, type KeyObject } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Unsigned {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly host: string;
  /** As it is sent; signing encodes it once more. */
  readonly path: string;
  readonly body: string;
  /** What else is signed and sent: lower-case names, values without blanks at their ends or several in a row. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Headers to send; `now` in epoch milliseconds. */
export type Sign = (request: Unsigned, credentials: Credentials, now: number) => Record<string, string>;

export function makeSigner(region: string, service: 'execute-api' | 'lambda' = 'execute-api'): Sign {
  let kept: { day: string; secret: string; key: KeyObject } | undefined;
  const signingKey = (day: string, secret: string): KeyObject => {
    if (kept?.day !== day || kept.secret !== secret) {
      const steps = [day, region, service, 'aws4_request'];
      const bytes = steps.reduce((key, step) => hmac(key, step).digest(), Buffer.from(`AWS4${secret}`));
      // Made once: preparing a key from its bytes costs six times the signature itself.
      kept = { day, secret, key: createSecretKey(bytes) };
    }
    return kept.key;
  };
  // A fan-out signs one body for thousands of connections.
  let lastBody = { text: '', digest: hash('sha256', '') };
  const bodyDigest = (text: string): string => {
    if (lastBody.text !== text) lastBody = { text, digest: hash('sha256', text) };
    return lastBody.digest;
  };
  return (request, { accessKeyId, secretAccessKey, sessionToken }, now) => {
    const instant = new Date(now).toISOString().replace(/[:-]|\.\d+/g, '');
    const day = instant.slice(0, 8);
    const own: Record<string, string> = { host: request.host, 'x-amz-date': instant };
    if (sessionToken) own['x-amz-security-token'] = sessionToken;
    const signed = request.headers ? sorted({ ...own, ...request.headers }) : own;
    const names = Object.keys(signed).join(';');
    const canonical = [
      request.method,
      request.path.split('/').map(encodeURIComponent).join('/'),
      '',
      ...Object.entries(signed).map(([name, value]) => `${name}:${value}`),
      '',
      names,
      bodyDigest(request.body),
    ].join('\n');
    const scope = `${day}/${region}/${service}/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${instant}\n${scope}\n${hash('sha256', canonical)}`;
    const signature = hmac(signingKey(day, secretAccessKey), toSign).digest('hex');
    const credential = `Credential=${accessKeyId}/${scope}`;
    return {
      ...signed,
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
    };
  };
}

function sorted(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function hmac(key: KeyObject | Buffer, text: string): Hmac {
  return createHmac('sha256', key).update(text);
}
