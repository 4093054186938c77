/**
 * Verifies a call's Signature Version 4, from the raw request: what the caller signed is put together anew and signed with the
 * caller's secret. Written from AWS's description and not from our own signer, so that a slip of one shows at the other.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * Payloads are signed in the Authorization header, as the SDKs do it: query-signed URLs, unsigned payloads and chunked ones are
 * refused. Time is the machine's, not the twin's clock: it is the SDK that writes the date.
 */

import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { decodePart } from '../decode.ts';
import { REGION } from '../ids.ts';
import type { Signature } from './caller.ts';
import type { Credentials } from './variables.ts';

type RawRequest = Pick<IncomingMessage, 'method' | 'url' | 'headersDistinct'>;

const MAX_SKEW_MS = 5 * 60_000;
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and ' +
  'signing method. Consult the service documentation for details.';
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Deriving a key takes four rounds of HMAC, so it is kept, by scope, for as long as the credentials live. As an object of its own,
 * since preparing one from bytes costs several times what signing with it does.
 */
const signingKeys = new WeakMap<Credentials, Map<string, KeyObject>>();

/** What is wrong with the signature, in AWS's words; undefined when it is right. */
export function findFault(
  request: RawRequest,
  body: Buffer,
  signature: Signature,
  credentials: Credentials,
  now: number,
): string | undefined {
  const { headersDistinct: headers } = request;
  const date = headers['x-amz-date']?.[0] ?? '';
  const dateFault = findDateFault(date, signature.day, now);
  if (dateFault) return dateFault;
  if (signature.region !== REGION) return 'Credential should be scoped to a valid region.';
  if (!signature.signedHeaders.includes('host'))
    return "'Host' must be a 'SignedHeader' in the AWS Signature.";
  const unsigned = Object.keys(headers).find(
    (name) => name.startsWith('x-amz-') && !signature.signedHeaders.includes(name),
  );
  if (unsigned) return `'${unsigned}' must be a 'SignedHeader' in the AWS Signature.`;
  const payloadHash = hash('sha256', body);
  const declaredHash = headers['x-amz-content-sha256']?.[0] ?? payloadHash;
  if (!SHA256.test(declaredHash)) {
    return `the local twin verifies signed payloads only, not x-amz-content-sha256: ${declaredHash}`;
  }
  const canonical = hash('sha256', toCanonicalRequest(request, signature, payloadHash));
  const scope = `${signature.day}/${signature.region}/${signature.service}/aws4_request`;
  const expected = createHmac('sha256', findKey(credentials, signature))
    .update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${canonical}`)
    .digest();
  return timingSafeEqual(expected, Buffer.from(signature.value, 'hex')) ? undefined : MISMATCH;
}

function findDateFault(date: string, day: string, now: number): string | undefined {
  const [isDate, year, month, dayOfMonth, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  if (!isDate) return 'Date must be in ISO-8601 basic format: x-amz-date is missing or of another form.';
  if (!date.startsWith(day))
    return 'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.';
  const at = Date.parse(`${year}-${month}-${dayOfMonth}T${hour}:${minute}:${second}Z`);
  if (now - at > MAX_SKEW_MS) {
    const earliest = toBasicDate(now - MAX_SKEW_MS);
    return `Signature expired: ${date} is now earlier than ${earliest} (${toBasicDate(now)} - 5 min.)`;
  }
  if (at - now > MAX_SKEW_MS) {
    const latest = toBasicDate(now + MAX_SKEW_MS);
    return `Signature not yet current: ${date} is still later than ${latest} (${toBasicDate(now)} + 5 min.)`;
  }
  return undefined;
}

function toBasicDate(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/[-:]|\.\d+/g, '');
}

function toCanonicalRequest(
  { method = 'GET', url = '/', headersDistinct }: RawRequest,
  { signedHeaders }: Signature,
  payloadHash: string,
): string {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const query = at < 0 ? '' : toCanonicalQuery(url.slice(at + 1));
  let headers = '';
  for (const name of signedHeaders) headers += `${name}:${toCanonicalValue(headersDistinct[name])}\n`;
  const canonicalPath = toCanonicalPath(path);
  return `${method}\n${canonicalPath}\n${query}\n${headers}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

/** The path as it was sent, encoded once more: so it is for all services but S3. */
function toCanonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  return `/${segments.join('/')}${path.endsWith('/') && segments.length > 0 ? '/' : ''}`;
}

function toCanonicalQuery(query: string): string {
  const pairs = query.split('&').filter((pair) => pair !== '');
  const encoded = pairs.map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return `${encode(decodePart(name))}=${encode(decodePart(value.join('=')))}`;
  });
  return encoded.sort().join('&');
}

function toCanonicalValue(values: string[] | undefined): string {
  return (values ?? []).map((value) => value.trim().replace(/\s+/g, ' ')).join(',');
}

/** RFC 3986: all but letters, digits and - . _ ~ */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function findKey(credentials: Credentials, { day, region, service }: Signature): KeyObject {
  const keys = signingKeys.get(credentials) ?? new Map<string, KeyObject>();
  signingKeys.set(credentials, keys);
  const scope = `${day}/${region}/${service}`;
  const known = keys.get(scope);
  if (known) return known;
  const rounds = [day, region, service, 'aws4_request'];
  const bytes = rounds.reduce(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  const key = createSecretKey(bytes);
  keys.set(scope, key);
  return key;
}
