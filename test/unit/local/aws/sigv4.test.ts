/**
 * The verification of signatures, against requests that AWS's own library has signed.
 */

import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { readSignature } from '../../../../local/aws/caller.ts';
import { findFault } from '../../../../local/aws/sigv4.ts';

/** Node's hash in the form that the library asks for. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const MINUTE = 60_000;
const credentials = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret' };

interface Request {
  method?: string;
  path?: string;
  query?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  body?: string;
}

async function sign(request: Request = {}, { at = NOW, region = 'us-east-1' } = {}) {
  const { method = 'POST', path = '/', query = {}, headers = {}, body = '' } = request;
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const own = { host: '127.0.0.1:8787', ...headers };
  const unsigned = { method, protocol: 'http:', hostname: '127.0.0.1', path, query, headers: own, body };
  const signed = await signer.sign(unsigned, { signingDate: new Date(at) });
  const text = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]): [string, string][] =>
      [value].flat().map((one) => [name, one]),
    ),
  );
  const url = text.size > 0 ? `${path}?${String(text).replaceAll('+', '%20')}` : path;
  return { method, url, headers: signed.headers as Record<string, string>, body };
}

type Signed = Awaited<ReturnType<typeof sign>>;

function check({ method, url, headers, body }: Signed, now = NOW, secrets = credentials): string | undefined {
  const signature = readSignature(headers.authorization);
  if (!signature) throw new Error(`no signature in ${headers.authorization}`);
  const headersDistinct = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]),
  );
  return findFault({ method, url, headersDistinct }, Buffer.from(body), signature, secrets, now);
}

describe('a signature', () => {
  it.each<[string, Request]>([
    ['of a post with a body', { path: '/live/%40connections/R1kmxc2VNjMCFIA%3D', body: '{"a":"ü"}' }],
    ['of a path that was not encoded', { path: '/live/@connections/a=' }],
    ['of a path with signs of its own', { path: "/a!b'c(d)e*f~g/%20" }],
    ['of a path to be normalised', { path: '/a//b/./c/../d/' }],
    ['of the root', { method: 'GET', path: '/' }],
    ['of a query to be sorted and encoded', { method: 'GET', query: { b: 'x y', a: ['2', '1'], ä: '/=' } }],
    ['of headers with white space', { headers: { 'x-own': '  a   b  ', 'Content-Type': 'text/plain' } }],
  ])('%s is right', async (_, request) => {
    expect(check(await sign(request))).toBeUndefined();
  });

  it.each<[string, (signed: Signed) => Signed]>([
    ['body', (signed) => ({ ...signed, body: 'other' })],
    ['method', (signed) => ({ ...signed, method: 'DELETE' })],
    ['path', (signed) => ({ ...signed, url: '/other' })],
    ['query', (signed) => ({ ...signed, url: '/?a=1' })],
    ['signed header', (signed) => ({ ...signed, headers: { ...signed.headers, 'x-own': 'other' } })],
    ['host', (signed) => ({ ...signed, headers: { ...signed.headers, host: 'elsewhere' } })],
  ])('is wrong for another %s', async (_, change) => {
    const signed = await sign({ headers: { 'x-own': 'own' }, body: 'own' });
    expect(check(change(signed))).toMatch(/^The request signature we calculated does not match/);
  });

  it('is wrong with another secret', async () => {
    expect(check(await sign(), NOW, { ...credentials, secretAccessKey: 'other' })).toMatch(/does not match/);
  });

  it('is good for five minutes before and after its date', async () => {
    expect(check(await sign(), NOW + 5 * MINUTE)).toBeUndefined();
    expect(check(await sign(), NOW - 5 * MINUTE)).toBeUndefined();
    expect(check(await sign(), NOW + 5 * MINUTE + 1000)).toBe(
      'Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)',
    );
    expect(check(await sign(), NOW - 5 * MINUTE - 1000)).toMatch(/^Signature not yet current/);
  });

  it('is for one region', async () => {
    expect(check(await sign({}, { region: 'eu-west-1' }))).toBe(
      'Credential should be scoped to a valid region.',
    );
  });

  it('without its host or its date is refused', async () => {
    const signed = await sign();
    const { 'x-amz-date': _, ...undated } = signed.headers;
    expect(check({ ...signed, headers: undated })).toMatch(/^Date must be in ISO-8601/);
    const authorization = signed.headers.authorization?.replace('host;', '');
    expect(check({ ...signed, headers: { ...signed.headers, authorization: authorization ?? '' } })).toMatch(
      /'Host'/,
    );
  });

  it('that leaves out an x-amz header is refused by its name, one that leaves out another is right', async () => {
    const signed = await sign({ headers: { 'x-amz-own': 'own' } });
    const sent = (more: Record<string, string>) => ({ ...signed, headers: { ...signed.headers, ...more } });
    expect(check(signed)).toBeUndefined();
    expect(check(sent({ 'X-Amz-Other': 'other' }))).toBe(
      "'x-amz-other' must be a 'SignedHeader' in the AWS Signature.",
    );
    expect(check(sent({ 'x-amzn-trace-id': 'Root=1', 'amz-sdk-request': 'attempt=1' }))).toBeUndefined();
  });

  it.each(['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'])(
    'of %s is refused by name',
    async (kind) => {
      const signed = await sign({ headers: { 'x-amz-content-sha256': kind } });
      expect(check(signed)).toContain(kind);
    },
  );
});

describe('an Authorization header', () => {
  it.each([
    undefined,
    'Bearer x',
    'AWS4-HMAC-SHA256 Credential=a/20260102/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00',
  ])('of another form has no signature: %s', (header) => {
    expect(readSignature(header)).toBeUndefined();
  });
});
