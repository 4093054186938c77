import { nkeys } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { readCredentials } from '../../../../../shared/adapters/nats/credentials.ts';

const JWT = 'eyJ0eXAiOiJKV1QifQ.c2VjcmV0.sig';
const SEED = Buffer.from(nkeys.createUser().getSeed()).toString();
const CREDS = `-----BEGIN NATS USER JWT-----
${JWT}
------END NATS USER JWT------

************************* IMPORTANT *************************

-----BEGIN USER NKEY SEED-----
${SEED}
------END USER NKEY SEED------

*************************************************************
`;
const PEM = '-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n';

/** What a server is shown, to its challenge. */
const shown = (text: string | undefined) => readCredentials(text).authenticator?.('nonce');

describe('credentials', () => {
  it.each([undefined, '{}', ' {} '])('are none for %j', (text) => {
    expect(readCredentials(text)).toEqual({});
  });

  it('are a user with a password, or without one', () => {
    expect(shown('{"user":"u","password":"p"}')).toEqual({ user: 'u', pass: 'p' });
    expect(shown('{"user":"u"}')).toEqual({ user: 'u', pass: '' });
  });

  it('are a token', () => {
    expect(shown('{"token":"t"}')).toEqual({ auth_token: 't' });
  });

  it.each<[string, string]>([
    ['alone', CREDS],
    ['with lines before it', `\n# made by hand\n  ${CREDS}`],
    ['in JSON', JSON.stringify({ creds: CREDS })],
    ['in JSON over several lines', JSON.stringify({ creds: CREDS, tls: { ca: PEM } }, null, 2)],
  ])('are the text of a .creds file, %s', (_title, text) => {
    expect(shown(text)).toMatchObject({
      jwt: JWT,
      sig: expect.any(String),
      nkey: expect.stringMatching(/^U/),
    });
  });

  it('may have certificates beside the others, or alone', () => {
    const tls = { ca: PEM, cert: PEM, key: PEM };
    expect(readCredentials(JSON.stringify({ tls }))).toEqual({ tls });
    expect(readCredentials(JSON.stringify({ creds: CREDS, tls: { ca: PEM } })).tls).toEqual({ ca: PEM });
    const both = readCredentials(JSON.stringify({ token: 't', tls }));
    expect([both.authenticator?.(), both.tls]).toEqual([{ auth_token: 't' }, tls]);
  });
});

describe('credentials that are none', () => {
  const S = 's3cret';
  it.each<[string, string]>([
    ['', 'NATS_CREDENTIALS is neither the text of a .creds file nor JSON'],
    [S, 'NATS_CREDENTIALS is neither the text of a .creds file nor JSON'],
    [`{"user":"${S}"`, 'NATS_CREDENTIALS is neither the text of a .creds file nor JSON'],
    [`"${S}"`, 'NATS_CREDENTIALS must be a JSON object'],
    [`["${S}"]`, 'NATS_CREDENTIALS must be a JSON object'],
    ['null', 'NATS_CREDENTIALS must be a JSON object'],
    [
      `{"username":"${S}","pass":"${S}"}`,
      'NATS_CREDENTIALS has a field that is none of user, password, token, creds, tls',
    ],
    [`{"user":7,"password":"${S}"}`, 'NATS_CREDENTIALS.user must be a string'],
    [`{"user":null,"password":"${S}"}`, 'NATS_CREDENTIALS.user must be a string'],
    [`{"user":"${S}","password":["${S}"]}`, 'NATS_CREDENTIALS.password must be a string'],
    [`{"token":{"x":"${S}"}}`, 'NATS_CREDENTIALS.token must be a string'],
    [`{"creds":["${S}"]}`, 'NATS_CREDENTIALS.creds must be a string'],
    [`{"password":"${S}"}`, 'NATS_CREDENTIALS has a password and no user'],
    [`{"password":"${S}","token":"${S}"}`, 'NATS_CREDENTIALS has a password and no user'],
    [`{"user":"${S}","token":"${S}"}`, 'NATS_CREDENTIALS must have one of user, token and creds'],
    [`{"token":"${S}","creds":"${S}"}`, 'NATS_CREDENTIALS must have one of user, token and creds'],
    [`{"user":"${S}","creds":"${S}"}`, 'NATS_CREDENTIALS must have one of user, token and creds'],
    [`{"tls":"${S}"}`, 'NATS_CREDENTIALS.tls must be a JSON object'],
    [`{"tls":["${S}"]}`, 'NATS_CREDENTIALS.tls must be a JSON object'],
    [`{"tls":{"pem":"${S}"}}`, 'NATS_CREDENTIALS.tls has a field that is none of ca, cert, key'],
    [`{"tls":{"key":["${S}"]}}`, 'NATS_CREDENTIALS.tls.key must be a string'],
  ])('are refused in one line that says nothing of what is secret: %s', (text, message) => {
    expect(() => readCredentials(text)).toThrow(new Error(message));
    expect(message).not.toContain(S);
  });

  it('of a .creds file that is cut off say nothing of it when they are shown', () => {
    for (const text of [CREDS.slice(0, CREDS.indexOf('------END USER')), CREDS.slice(0, 60)]) {
      const { authenticator } = readCredentials(text);
      expect(() => authenticator?.('nonce')).toThrow(/^unable to parse credentials$/);
    }
  });
});
