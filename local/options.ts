/**
 * What `npm start` reads from its environment and its command line, checked once. Only two variables have development
 * defaults; an empty one means unset, as in a compose file or a CI that declares all of them. The stack's settings come as
 * `cdk deploy` takes them, and are checked by the CDK app alone; one of them has a variable of the contract's besides.
 */

import { parseArgs } from 'node:util';
import type { Context } from './assembly.ts';

const CONTRACT_VARIABLES = [
  'RELAY_WEBHOOK_TOKEN',
  'ACCEPT_CLIENT_BEARER',
  'MODAL_WEBHOOK_SECRET',
  'SECRET_KEY',
  'ARENA_TOKEN',
  'NATS_CREDENTIALS',
  'CLIENT_JWT_SECRET',
] as const;

const DEVELOPMENT_DEFAULTS: Record<string, string> = {
  RELAY_WEBHOOK_TOKEN: 'dev-secret',
  SECRET_KEY: 'dev-secret-key-for-this-machine-only',
};

const DEFAULT_PORT = 8787;
const DEFAULT_HOST = '127.0.0.1';
const MAX_PORT = 65_535;

/** The contract's variable for what is a setting of the stack. */
const TIMEOUT_VARIABLE = 'SESSION_TIMEOUT';
const TIMEOUT_SETTING = 'relay:peerTimeoutSeconds';
/** Platform rule: the gateway cuts a quiet socket at 600 s. */
const MAX_TIMEOUT = 599;
const NATS_VARIABLE = 'NATS_URL';
const NATS_SETTING = 'relay:natsUrl';

export interface Options {
  port: number;
  host: string;
  dataDir: string | undefined;
  /** Seed of the hostile platform; undefined for a calm one. */
  hostile: string | undefined;
  environment: Record<string, string | undefined>;
  /** Settings of the stack, over those of cdk.json. */
  context: Context;
  /** Those variables that stand at their development default, for the start to show. */
  defaulted: string[];
}

/** A sentence for the developer; the start ends with it and without a stack trace. */
export class OptionsError extends Error {}

/** `args`: what stands on the command line, such as `['-c', 'relay:stage=blue']`. */
export function readOptions(env: Record<string, string | undefined>, args: readonly string[] = []): Options {
  const given = (name: string) => env[name] || undefined;
  const environment: Record<string, string | undefined> = {};
  for (const name of CONTRACT_VARIABLES) environment[name] = given(name) ?? DEVELOPMENT_DEFAULTS[name];
  const nats = readNats(given(NATS_VARIABLE), environment.NATS_CREDENTIALS);
  environment.NATS_CREDENTIALS = nats.credentials;
  return {
    port: readPort(given('PORT')),
    host: readHost(given('HOST')),
    dataDir: given('RELAY_DATA_DIR'),
    hostile: given('RELAY_HOSTILE'),
    environment,
    context: { ...readTimeout(given(TIMEOUT_VARIABLE)), ...nats.context, ...readContext(args) },
    defaulted: Object.keys(DEVELOPMENT_DEFAULTS).filter((name) => given(name) === undefined),
  };
}

function readPort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= MAX_PORT) return port;
  throw new OptionsError(`PORT must be a whole number from 0 to ${MAX_PORT}, not "${text}"`);
}

function readHost(text: string | undefined): string {
  if (text === undefined) return DEFAULT_HOST;
  if (/^[\w.:-]+$/.test(text)) return text;
  throw new OptionsError(`HOST must be an address or a host name, not "${text}"`);
}

function readTimeout(text: string | undefined): Context {
  if (text === undefined) return {};
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 1 && seconds <= MAX_TIMEOUT) return { [TIMEOUT_SETTING]: text };
  throw new OptionsError(
    `${TIMEOUT_VARIABLE} must be a whole number of seconds from 1 to ${MAX_TIMEOUT}, not "${text}"`,
  );
}

/**
 * User information in the URL, which is of one or more servers, is the credentials': a setting stands in the template, for all
 * to read.
 */
function readNats(
  url: string | undefined,
  credentials: string | undefined,
): { context: Context; credentials: string | undefined } {
  if (url === undefined) return { context: {}, credentials };
  const users = new Set<string>();
  const servers = url.split(',').map((server) => {
    const [, scheme = '', user, rest = ''] = /^(\s*(?:\w+:\/\/)?)(?:(.*)@)?(.*)$/s.exec(server) ?? [];
    if (user === undefined) return server;
    users.add(user);
    return scheme + rest;
  });
  const [user, ...others] = users;
  if (user === undefined) return { context: { [NATS_SETTING]: url }, credentials };
  if (others.length > 0)
    throw new OptionsError(`${NATS_VARIABLE} has several credentials: the servers share one`);
  if (credentials !== undefined) {
    throw new OptionsError(
      `${NATS_VARIABLE} has credentials, and so has NATS_CREDENTIALS: one of them is enough`,
    );
  }
  const [name = '', password] = user.split(/:(.*)/s).map(decoded);
  if (name === '') throw new OptionsError(`${NATS_VARIABLE} has an "@" with no user or token before it`);
  const shown = password === undefined ? { token: name } : { user: name, password };
  return { context: { [NATS_SETTING]: servers.join(',') }, credentials: JSON.stringify(shown) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new OptionsError(
      `${NATS_VARIABLE} has credentials with a "%" that is not followed by two digits of UTF-8`,
    );
  }
}

function readContext(args: readonly string[]): Context {
  const context: Record<string, string> = {};
  for (const assignment of readAssignments(args)) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
    if (name === undefined || value === undefined) {
      throw new OptionsError(`-c takes <name>=<value>, such as relay:stage=blue, not "${assignment}"`);
    }
    context[name] = value;
  }
  return context;
}

function readAssignments(args: readonly string[]): string[] {
  const options = { context: { type: 'string', short: 'c', multiple: true } } as const;
  try {
    return parseArgs({ args: [...args], options }).values.context ?? [];
  } catch (error) {
    // The parser's first sentence says what it did not understand, those behind it how one might have meant it.
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split(/\.\s/);
    throw new OptionsError(`usage: npm start -- [-c <name>=<value>]...: ${reason}`);
  }
}
