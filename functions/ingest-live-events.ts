/** POST /webhook/modal: authenticate, validate, publish, answer with the ids. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { systemClock } from '../shared/adapters/system-clock.ts';
import { parseUntrustedJson } from '../shared/core/untrusted-json.ts';
import { liveEvents, readWebhook } from '../shared/surfaces/live-events.ts';
import { answerProblems, json } from './_edge/answer-problems.ts';
import { bodyText, senderKey } from './_edge/http-event.ts';
import { makeLogger } from './_edge/logger.ts';
import { openPublishing } from './_edge/publishing.ts';
import { openAddressLimit } from './_edge/rates.ts';
import { openRuntime } from './_edge/runtime.ts';
import { openSenderCheck } from './_edge/sender-token.ts';

const logger = makeLogger();
const runtime = openRuntime();
const publish = openPublishing(runtime, logger, liveEvents.name);
const limit = openAddressLimit(runtime.table, liveEvents.name);
const authenticate = openSenderCheck(logger, liveEvents);

async function ingest(event: APIGatewayProxyEventV2) {
  await limit(event.requestContext.http.sourceIp);
  await authenticate(event.headers);
  const body = parseUntrustedJson(bodyText(event));
  const ts = new Date(systemClock.now()).toISOString();
  const { batches, places } = readWebhook(body, senderKey(event), ts);
  const ids = await publish(batches, event.requestContext.requestId);
  return json(202, { ok: true, ids: places.map(({ batch, index }) => ids[batch]?.[index]) });
}

export const handler = middy(ingest).use(answerProblems(logger));
