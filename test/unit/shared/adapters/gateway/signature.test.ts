import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import {
  type Credentials,
  makeSigner,
  type Unsigned,
} from '../../../../../shared/adapters/gateway/signature.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const host = 'abc123.execute-api.eu-central-1.amazonaws.com';
const longLived: Credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const session: Credentials = { ...longLived, sessionToken: 'IQoJb3JpZ2luX2VjE//+token==' };

/** The hash that the SDK's signer asks for. */
class Sha256 {
  private hash: Hash | Hmac;
  private readonly key: string | Uint8Array | undefined;
  constructor(key?: unknown) {
    this.key = typeof key === 'string' || key instanceof Uint8Array ? key : undefined;
    this.hash = this.fresh();
  }
  private fresh(): Hash | Hmac {
    return this.key === undefined ? createHash('sha256') : createHmac('sha256', this.key);
  }
  reset(): void {
    this.hash = this.fresh();
  }
  update(data: unknown): void {
    if (typeof data === 'string' || data instanceof Uint8Array) this.hash.update(data);
    else throw new Error('unexpected data to hash');
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
}

async function signedBySdk(
  request: Unsigned,
  credentials: Credentials,
  at: number,
  service = 'execute-api',
): Promise<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new SignatureV4({
    service,
    region: 'eu-central-1',
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    sha256: Sha256,
    applyChecksum: false,
  });
  const { headers } = await signer.sign(
    {
      method: request.method,
      protocol: 'https:',
      hostname: request.host,
      path: request.path,
      query: {},
      headers: { host: request.host, ...request.headers },
      body: request.body,
    },
    { signingDate: new Date(at) },
  );
  return headers;
}

const connections = [
  ['a plain id', 'abcDEF123'],
  ['an id with =', 'L0SM9cOFvHcCIhw='],
  ['an id with / and +', 'a/b+c=='],
  ['an id with a space and a percent sign', 'a b%20'],
] as const;
const bodies = ['', '{"n":1}', '{"text":"Grüße \u{1F600} \u0000"}', 'x'.repeat(100_000)];

describe("the signature equals the SDK's", () => {
  const cases = connections.flatMap(([title, id]) =>
    (['POST', 'GET', 'DELETE'] as const).flatMap((method) =>
      [longLived, session].map((credentials) => ({
        title,
        id,
        method,
        credentials,
        token: credentials === session,
      })),
    ),
  );
  it.each(cases)('for $method of $title, session token: $token', async ({ id, method, credentials }) => {
    const path = `/live/@connections/${encodeURIComponent(id)}`;
    for (const body of method === 'POST' ? bodies : ['']) {
      const request: Unsigned = { method, host, path, body };
      const headers = makeSigner('eu-central-1')(request, credentials, now);
      expect(headers).toEqual(await signedBySdk(request, credentials, now));
    }
  });

  it.each(['127.0.0.1:3000', 'localhost:8080'])('for the host %s', async (other) => {
    const request: Unsigned = { method: 'POST', host: other, path: '/live/@connections/a%3D', body: '{}' };
    expect(makeSigner('eu-central-1')(request, session, now)).toEqual(
      await signedBySdk(request, session, now),
    );
  });

  it.each([longLived, session])(
    'for further headers, which it signs and returns: %j',
    async (credentials) => {
      const headers = {
        'x-amz-invocation-type': 'Event',
        'content-type': 'application/json',
        'a-first': '1',
      };
      const path = '/2015-03-31/functions/Relay-Start/invocations';
      const request: Unsigned = { method: 'POST', host, path, body: '{}', headers };
      const signed = makeSigner('eu-central-1', 'lambda')(request, credentials, now);
      expect(signed).toEqual(await signedBySdk(request, credentials, now, 'lambda'));
      expect(signed).toMatchObject(headers);
    },
  );

  it('from one signer on both sides of midnight and after its credentials were renewed', async () => {
    const sign = makeSigner('eu-central-1');
    const request: Unsigned = { method: 'POST', host, path: '/live/@connections/a%3D', body: '{}' };
    const renewed = { ...session, secretAccessKey: 'another', sessionToken: 'renewed' };
    const midnight = Date.UTC(2026, 0, 3);
    for (const [credentials, at] of [
      [session, midnight - 1],
      [session, midnight],
      [renewed, midnight + 1_000],
      [session, midnight - 1],
    ] as const) {
      expect(sign(request, credentials, at)).toEqual(await signedBySdk(request, credentials, at));
    }
  });
});
