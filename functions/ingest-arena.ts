/** POST /arena/{session_id}/events: events of an engine without NATS: authenticate, validate, publish, answer with the ids. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { parseUntrustedJson } from '../shared/core/untrusted-json.ts';
import { arena, pathSession, readEvents } from '../shared/surfaces/arena.ts';
import { answerProblems, json } from './_edge/answer-problems.ts';
import { bodyText, senderKey } from './_edge/http-event.ts';
import { makeLogger } from './_edge/logger.ts';
import { openPublishing } from './_edge/publishing.ts';
import { openAddressLimit } from './_edge/rates.ts';
import { openRuntime } from './_edge/runtime.ts';
import { openSenderCheck } from './_edge/sender-token.ts';

const logger = makeLogger();
const runtime = openRuntime();
const publish = openPublishing(runtime, logger, arena.name);
const limit = openAddressLimit(runtime.table, arena.name);
const authenticate = openSenderCheck(logger, arena);

async function ingest(event: APIGatewayProxyEventV2) {
  await limit(event.requestContext.http.sourceIp);
  await authenticate(event.headers);
  const session = pathSession(event.pathParameters?.session_id);
  const batch = readEvents(session, parseUntrustedJson(bodyText(event)), senderKey(event));
  const [ids] = await publish([batch], event.requestContext.requestId);
  return json(202, { ok: true, ids });
}

export const handler = middy(ingest).use(answerProblems(logger));
