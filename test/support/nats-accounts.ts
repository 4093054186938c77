/**
 * NATS servers that trust an operator: it signs accounts, and these sign users. What a user shows is a `.creds` file. The texts are
 * those of the NATS documentation on JWT authentication: claims of version 2, signed with Ed25519 keys in their own alphabet.
 */
import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

export interface TrustedUser {
  /** What the server's configuration says of it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The text of its `.creds` file. */
  readonly creds: string;
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 };
const ACCOUNT_LIMITS = { ...UNLIMITED, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
const JETSTREAM_LIMITS = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

export function makeTrustedUser(): TrustedUser {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  // JetStream takes a system account, which has none of its own.
  const system = nkeys.createAccount();
  const signedAccount = (of: KeyPair, limits: object) => ({
    [of.getPublicKey()]: signed(operator, of, { type: 'account', limits }),
  });
  const userJwt = signed(account, user, { type: 'user', ...UNLIMITED });
  return {
    settings: {
      operator: signed(operator, operator, { type: 'operator' }),
      resolver: 'MEMORY',
      system_account: system.getPublicKey(),
      resolver_preload: {
        ...signedAccount(system, ACCOUNT_LIMITS),
        ...signedAccount(account, { ...ACCOUNT_LIMITS, ...JETSTREAM_LIMITS }),
      },
    },
    creds: [
      '-----BEGIN NATS USER JWT-----',
      userJwt,
      '------END NATS USER JWT------',
      '',
      '-----BEGIN USER NKEY SEED-----',
      Buffer.from(user.getSeed()).toString(),
      '------END USER NKEY SEED------',
      '',
    ].join('\n'),
  };
}

/** A claim about one key, by another. */
function signed(issuer: KeyPair, subject: KeyPair, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  const [iss, sub] = [issuer.getPublicKey(), subject.getPublicKey()];
  const body = { jti: `${sub}-${now}`, iat: now, iss, sub, name: sub, nats: { version: 2, ...claims } };
  const text = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(body)}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`;
}
