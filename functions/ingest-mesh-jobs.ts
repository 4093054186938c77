/** POST /api/webhooks/modal: verify the signature, validate, learn the jobs' projects, publish, answer with the ids. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { makeJobProjects } from '../shared/adapters/dynamodb/job-projects.ts';
import { openSecret } from '../shared/adapters/secrets.ts';
import { systemClock } from '../shared/adapters/system-clock.ts';
import { env } from '../shared/config.ts';
import { parseUntrustedJson } from '../shared/core/untrusted-json.ts';
import { meshJobs, readJobEvents, roomEvent } from '../shared/surfaces/mesh-jobs.ts';
import { learnedProjects } from '../shared/surfaces/mesh-jobs-projects.ts';
import { answerProblems, json } from './_edge/answer-problems.ts';
import { bodyBytes, bodyText, senderKey } from './_edge/http-event.ts';
import { makeLogger } from './_edge/logger.ts';
import { openAddressLimit } from './_edge/rates.ts';
import { openRoomPublishing } from './_edge/room-publishing.ts';
import { openRuntime, setting } from './_edge/runtime.ts';
import { openSignatureCheck } from './_edge/signed-body.ts';

const logger = makeLogger();
const runtime = openRuntime();
const publish = openRoomPublishing(runtime, logger, meshJobs.name);
const projects = makeJobProjects(runtime.table);
const limit = openAddressLimit(runtime.table, meshJobs.name);
const checkSignature = openSignatureCheck(
  openSecret(setting(env.secret(meshJobs.senderSecret)), systemClock.now),
  meshJobs.senderSecret,
  'X-Modal-Signature',
  logger,
);

async function ingest(event: APIGatewayProxyEventV2) {
  const { requestId, http } = event.requestContext;
  await limit(http.sourceIp);
  await checkSignature(event.headers[meshJobs.signatureHeader], bodyBytes(event));
  const query = { project_id: event.queryStringParameters?.project_id };
  const events = readJobEvents(parseUntrustedJson(bodyText(event)), query, senderKey(event));
  const learned = await learnedProjects(projects, events);
  const ids = await publish(
    events.map((posted, index) => roomEvent(posted, learned[index])),
    requestId,
  );
  return json(202, { ok: true, ids });
}

export const handler = middy(ingest).use(answerProblems(logger));
