/**
 * What `npm start` takes from its environment and its command line.
 */

import { describe, expect, it } from 'vitest';
import { OptionsError, readOptions } from '../../../local/options.ts';

describe('options', () => {
  it('have defaults, and development secrets for two variables alone', () => {
    const options = readOptions({});
    expect(options).toMatchObject({ port: 8787, host: '127.0.0.1', dataDir: undefined });
    expect(options.defaulted).toEqual(['RELAY_WEBHOOK_TOKEN', 'SECRET_KEY']);
    const set = Object.entries(options.environment).filter(([, value]) => value !== undefined);
    expect(set.map(([name]) => name)).toEqual(options.defaulted);
    expect(options.environment.RELAY_WEBHOOK_TOKEN).toBe('dev-secret');
  });

  it('take an empty variable for an unset one', () => {
    expect(readOptions({ PORT: '', ACCEPT_CLIENT_BEARER: '', RELAY_WEBHOOK_TOKEN: '' })).toEqual(
      readOptions({}),
    );
  });

  it('have a calm platform unless a seed is given', () => {
    expect(readOptions({}).hostile).toBeUndefined();
    expect(readOptions({ RELAY_HOSTILE: '' }).hostile).toBeUndefined();
    expect(readOptions({ RELAY_HOSTILE: '42' }).hostile).toBe('42');
  });

  it('do not list a default that was overridden', () => {
    const { environment, defaulted } = readOptions({ SECRET_KEY: 'mine' });
    expect(environment.SECRET_KEY).toBe('mine');
    expect(defaulted).toEqual(['RELAY_WEBHOOK_TOKEN']);
  });

  it.each(['x', '-1', '65536', '80.5', ' 80'])('refuse the port "%s" and name the variable', (port) => {
    expect(() => readOptions({ PORT: port })).toThrow(/^PORT must be .*$/);
  });

  it('take settings of the stack, any number of them, each up to the first equals sign as its name', () => {
    expect(readOptions({}).context).toEqual({});
    const args = [
      '-c',
      'relay:stage=blue',
      '--context=relay:a=b=c',
      '-crelay:empty=',
      '-c',
      'relay:stage=red',
    ];
    expect(readOptions({}, args).context).toEqual({
      'relay:stage': 'red',
      'relay:a': 'b=c',
      'relay:empty': '',
    });
  });

  it('take the session timeout of the contract for the setting of the stack that it is, which goes before it', () => {
    const of = (env: Record<string, string>, ...args: string[]) => readOptions(env, args).context;
    expect(of({ SESSION_TIMEOUT: '' })).toEqual({});
    expect(of({ SESSION_TIMEOUT: '1' })).toEqual({ 'relay:peerTimeoutSeconds': '1' });
    expect(of({ SESSION_TIMEOUT: '599' }, '-c', 'relay:stage=blue')).toEqual({
      'relay:peerTimeoutSeconds': '599',
      'relay:stage': 'blue',
    });
    expect(of({ SESSION_TIMEOUT: '599' }, '-c', 'relay:peerTimeoutSeconds=60')).toEqual({
      'relay:peerTimeoutSeconds': '60',
    });
  });

  it.each(['0', '600', '-1', '1.5', '300s', ' 300', '0x10', '1e2'])(
    'refuse the session timeout "%s" in one line that names the variable',
    (text) => {
      const line = `SESSION_TIMEOUT must be a whole number of seconds from 1 to 599, not "${text}"`;
      expect(() => readOptions({ SESSION_TIMEOUT: text })).toThrow(new OptionsError(line));
    },
  );

  it.each([
    [['-c', 'relay:stage'], '-c takes <name>=<value>, such as relay:stage=blue, not "relay:stage"'],
    [['-c', '=blue'], '-c takes <name>=<value>, such as relay:stage=blue, not "=blue"'],
    [['-c'], "usage: npm start -- [-c <name>=<value>]...: Option '-c, --context <value>' argument missing"],
    [['--port=1'], "usage: npm start -- [-c <name>=<value>]...: Unknown option '--port'"],
    [['blue'], "usage: npm start -- [-c <name>=<value>]...: Unexpected argument 'blue'"],
  ])('refuse the command line %j in one line', (args, line) => {
    expect(() => readOptions({}, args)).toThrow(new OptionsError(line));
  });

  it('refuse a host that is none and name the variable', () => {
    expect(() => readOptions({ HOST: 'http://x' })).toThrow(/^HOST must be .*$/);
  });

  const nats = (NATS_URL: string, NATS_CREDENTIALS = '') => {
    const { context, environment } = readOptions({ NATS_URL, NATS_CREDENTIALS });
    const { NATS_CREDENTIALS: credentials } = environment;
    return { url: context['relay:natsUrl'], credentials: credentials && JSON.parse(credentials) };
  };

  it('take the servers of NATS for the setting of the stack that they are, which goes before them', () => {
    expect(nats('')).toEqual({});
    expect(nats('nats://a:4222')).toEqual({ url: 'nats://a:4222' });
    expect(nats('tls://a, nats://[::1]:4223', '{"token":"t"}')).toEqual({
      url: 'tls://a, nats://[::1]:4223',
      credentials: { token: 't' },
    });
    const args = ['-c', 'relay:natsUrl=nats://b'];
    expect(readOptions({ NATS_URL: 'nats://u:p@a' }, args).context).toEqual({ 'relay:natsUrl': 'nats://b' });
  });

  it.each<[string, string, unknown]>([
    ['nats://u:p@a:4222', 'nats://a:4222', { user: 'u', password: 'p' }],
    ['nats://u:@a', 'nats://a', { user: 'u', password: '' }],
    ['nats://t@a', 'nats://a', { token: 't' }],
    ['nats://u:p:q@a', 'nats://a', { user: 'u', password: 'p:q' }],
    ['nats://u:p@q/r@a', 'nats://a', { user: 'u', password: 'p@q/r' }],
    ['nats://%75:p%40%3A%2F%2C%25%E2%82%AC@a', 'nats://a', { user: 'u', password: 'p@:/,%€' }],
    ['nats://u:p@a,tls://b:1', 'nats://a,tls://b:1', { user: 'u', password: 'p' }],
    ['nats://a,tls://u:p@b:1', 'nats://a,tls://b:1', { user: 'u', password: 'p' }],
    ['nats://u:p@a, nats://u:p@b', 'nats://a, nats://b', { user: 'u', password: 'p' }],
    ['u:p@a', 'a', { user: 'u', password: 'p' }],
  ])('take the credentials out of the servers of NATS %s', (url, setting, credentials) => {
    expect(nats(url)).toEqual({ url: setting, credentials });
  });

  it.each<[string, string, string]>([
    [
      'nats://u:s3cret@a',
      '{}',
      'NATS_URL has credentials, and so has NATS_CREDENTIALS: one of them is enough',
    ],
    ['nats://u:s3cret@a,nats://u:other@b', '', 'NATS_URL has several credentials: the servers share one'],
    ['nats://u:s3cret@a,nats://s3cret@b', '', 'NATS_URL has several credentials: the servers share one'],
    ['nats://@a', '', 'NATS_URL has an "@" with no user or token before it'],
    ['nats://:s3cret@a', '', 'NATS_URL has an "@" with no user or token before it'],
    [
      'nats://u:s3cret%zz@a',
      '',
      'NATS_URL has credentials with a "%" that is not followed by two digits of UTF-8',
    ],
    [
      'nats://u:s3cret%E4@a',
      '',
      'NATS_URL has credentials with a "%" that is not followed by two digits of UTF-8',
    ],
  ])(
    'refuse the servers of NATS %s in one line that says nothing of what is secret',
    (url, credentials, line) => {
      expect(() => nats(url, credentials)).toThrow(new OptionsError(line));
      expect(line).not.toContain('s3cret');
    },
  );
});
