/**
 * What is shown to the NATS servers: the text of a `.creds` file, or JSON with some of
 * `{"user", "password", "token", "creds", "tls": {"ca", "cert", "key"}}`, certificates and keys as PEM texts. No error says
 * anything of what was in it.
 */
import {
  type Authenticator,
  credsAuthenticator,
  type TlsOptions,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';

export interface Credentials {
  readonly authenticator?: Authenticator;
  readonly tls?: TlsOptions;
}

/** At the beginning of a line: within JSON it stands behind a quote. */
const CREDS = /^\s*-----BEGIN NATS USER JWT-----/m;
const FIELDS = ['user', 'password', 'token', 'creds', 'tls'];
const TLS_FIELDS = ['ca', 'cert', 'key'];

/** `text`: the secret's value; undefined or `{}` where nothing is to be shown. */
export function readCredentials(text: string | undefined): Credentials {
  if (text === undefined) return {};
  if (CREDS.test(text)) return { authenticator: fileAuthenticator(text) };
  const { user, password, token, creds, tls } = object(parsed(text), FIELDS, 'NATS_CREDENTIALS');
  if (password !== undefined && user === undefined) {
    throw new Error('NATS_CREDENTIALS has a password and no user');
  }
  const shown: Authenticator[] = [];
  if (user !== undefined) {
    shown.push(usernamePasswordAuthenticator(string(user, 'user'), string(password ?? '', 'password')));
  }
  if (token !== undefined) shown.push(tokenAuthenticator(string(token, 'token')));
  if (creds !== undefined) shown.push(fileAuthenticator(string(creds, 'creds')));
  if (shown.length > 1) throw new Error('NATS_CREDENTIALS must have one of user, token and creds');
  const [authenticator] = shown;
  return { ...(authenticator && { authenticator }), ...(tls !== undefined && { tls: readTls(tls) }) };
}

/** The client library wants a line break behind the last line, which a secret may have lost. */
function fileAuthenticator(text: string): Authenticator {
  return credsAuthenticator(Buffer.from(`${text.trim()}\n`));
}

function readTls(value: unknown): TlsOptions {
  const fields = Object.entries(object(value, TLS_FIELDS, 'NATS_CREDENTIALS.tls'));
  return Object.fromEntries(fields.map(([name, pem]) => [name, string(pem, `tls.${name}`)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('NATS_CREDENTIALS is neither the text of a .creds file nor JSON');
  }
}

function object(value: unknown, known: readonly string[], what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${what} must be a JSON object`);
  }
  if (Object.keys(value).every((name) => known.includes(name)))
    return value as Readonly<Record<string, unknown>>;
  // Its name is not said: a value may have slipped into its place.
  throw new Error(`${what} has a field that is none of ${known.join(', ')}`);
}

function string(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw new Error(`NATS_CREDENTIALS.${field} must be a string`);
}
