/** POST /api/token/revoke: takes back a token of the caller, with every socket and stream that it opened. */
import { timingSafeEqual } from 'node:crypto';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { makeRevocations } from '../shared/adapters/dynamodb/revocations.ts';
import { parseToken } from '../shared/auth/opaque-token.ts';
import { RelayError } from '../shared/core/errors.ts';
import { unmetered } from '../shared/core/meter.ts';
import { revoke } from '../shared/core/revoke.ts';
import { parseUntrustedJson } from '../shared/core/untrusted-json.ts';
import { readBody, revokeRequest, userChannel } from '../shared/surfaces/hook-backend.ts';
import { answerProblems, json } from './_edge/answer-problems.ts';
import { openHookApi, openRecord } from './_edge/hook-api.ts';
import { bodyText } from './_edge/http-event.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime } from './_edge/runtime.ts';
import { openSockets } from './_edge/sockets.ts';
import { reportUndelivered } from './_edge/undelivered.ts';

const logger = makeLogger();
const runtime = openRuntime();
const api = openHookApi(runtime, logger);
const record = openRecord(runtime, logger);
const relay = {
  ...runtime,
  revocations: makeRevocations(runtime.table),
  sockets: openSockets(logger),
  random: Math.random,
  meter: unmetered,
  report: reportUndelivered(logger),
};

async function revokeToken(event: APIGatewayProxyEventV2) {
  const { user } = await api.admit(event, 'session');
  const { token, token_id } = readBody(revokeRequest, parseUntrustedJson(bodyText(event)));
  const id = token === undefined ? await idOf(token_id ?? '', user) : await idOfText(token, user);
  if (id === undefined) {
    const field = token === undefined ? 'token_id' : 'token';
    throw new RelayError('not-found', 'The caller has no such token.', [
      { field, message: 'names no token of the caller' },
    ]);
  }
  await record(event, { user, what: 'token.revoke', token: id });
  await revoke(relay, { token: id, channel: userChannel(user) });
  return json(200, { ok: true });
}

/** The id of a token of this user. */
async function idOf(id: string, user: string, hash?: string): Promise<string | undefined> {
  const token = await runtime.tokens.get(id);
  if (token?.record.user !== user) return undefined;
  if (hash !== undefined && !timingSafeEqual(Buffer.from(hash), Buffer.from(token.hash))) return undefined;
  return id;
}

async function idOfText(text: string, user: string): Promise<string | undefined> {
  const token = parseToken(text);
  return token && idOf(token.id, user, token.hash);
}

export const handler = middy(revokeToken).use(answerProblems(logger));
