/** POST /api/webhook/cli: one event of the user whose hook token the tool shows. */
import { createHash, randomUUID } from 'node:crypto';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { parseUntrustedJson } from '../shared/core/untrusted-json.ts';
import { hookBackend, readCliEvent } from '../shared/surfaces/hook-backend.ts';
import { answerProblems, json } from './_edge/answer-problems.ts';
import { openHookApi } from './_edge/hook-api.ts';
import { bodyText, senderKey } from './_edge/http-event.ts';
import { makeLogger } from './_edge/logger.ts';
import { openPublishing } from './_edge/publishing.ts';
import { openRuntime } from './_edge/runtime.ts';

const logger = makeLogger();
const runtime = openRuntime();
const api = openHookApi(runtime, logger);
const publish = openPublishing(runtime, logger, hookBackend.name);

async function ingest(event: APIGatewayProxyEventV2) {
  const { user } = await api.admit(event, 'hook');
  const key = senderKey(event);
  const body = parseUntrustedJson(bodyText(event));
  const { eventId, batch } = readCliEvent(body, user, key, madeId(user, key));
  await publish([batch], event.requestContext.requestId);
  return json(200, { ok: true, event_id: eventId });
}

/** The same for the same key, so that a repeat of an event without an id of its own is answered like the first. */
function madeId(user: string, key: string | undefined): string {
  if (key === undefined) return randomUUID();
  return createHash('sha256').update(`${user} ${key}`).digest('hex').slice(0, 32);
}

export const handler = middy(ingest).use(answerProblems(logger));
