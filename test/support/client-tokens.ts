/** Issues client tokens as an application's own server would, and publishes its public keys. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** A token of the shared secret. */
export function signBySecret(secret: string, claims: JWTPayload, alg = 'HS256'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
}

/** Seconds from now, as `exp` and `nbf` are given. */
export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds;
}

/** A token that nobody signed. */
export function unsigned(claims: JWTPayload): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
}

export type KeyAlgorithm = 'RS256' | 'ES256' | 'EdDSA' | 'PS256';

/** The private half signs; the public half is for the key set. */
export class SigningKey {
  readonly #key: CryptoKey;
  readonly #alg: string;
  readonly #kid: string;
  readonly published: JWK;

  static async make(alg: KeyAlgorithm, kid: string): Promise<SigningKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    return new SigningKey(privateKey, alg, kid, await exportJWK(publicKey));
  }

  private constructor(key: CryptoKey, alg: string, kid: string, published: JWK) {
    this.#key = key;
    this.#alg = alg;
    this.#kid = kid;
    this.published = { ...published, kid, alg };
  }

  /** `isNamed`: whether the token says which key has signed it. */
  sign(claims: JWTPayload, isNamed = true): Promise<string> {
    const header = { alg: this.#alg, ...(isNamed && { kid: this.#kid }) };
    return new SignJWT(claims).setProtectedHeader(header).sign(this.#key);
  }
}

/** Where public keys are published; what it publishes, and whether it does, is in the hand of a test. */
export class KeyServer {
  readonly #server: Server;
  keys: readonly JWK[];
  /** Answers with this status in place of the keys. */
  failure: number | undefined;
  /** How often it was asked. */
  asked = 0;

  static async start(keys: readonly JWK[]): Promise<KeyServer> {
    const server = new KeyServer(keys);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  private constructor(keys: readonly JWK[]) {
    this.keys = keys;
    this.#server = createServer((_, response) => {
      this.asked += 1;
      response.writeHead(this.failure ?? 200, { 'content-type': 'application/jwk-set+json' });
      response.end(JSON.stringify({ keys: this.keys }));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
