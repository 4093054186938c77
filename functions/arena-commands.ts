/**
 * What a game master sends to the engine, over NATS: POST /init_session, POST /submit_news, POST /arena/{session_id}/fakenews.
 * Answered once the NATS server has said that it has the message.
 */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { initSubject, newsSubject } from '../shared/arena/subject.ts';
import { RelayError } from '../shared/core/errors.ts';
import { parseUntrustedJson } from '../shared/core/untrusted-json.ts';
import { arena, pathSession, readInit, readNews, readSubmission } from '../shared/surfaces/arena.ts';
import { answerProblems, json } from './_edge/answer-problems.ts';
import { openMasterCheck } from './_edge/arena-token.ts';
import { bodyText } from './_edge/http-event.ts';
import { makeLogger } from './_edge/logger.ts';
import { natsOf, openNatsLink } from './_edge/nats.ts';
import { openAddressLimit } from './_edge/rates.ts';
import { openRuntime } from './_edge/runtime.ts';

interface Command {
  readonly session: string;
  readonly subject: string;
  readonly payload: unknown;
}

/** When it is worth another try, seconds: the server may be starting again. */
const RETRY_AFTER = '2';

const logger = makeLogger();
const limit = openAddressLimit(openRuntime().table, arena.name);
const authenticate = openMasterCheck(logger);
const nats = natsOf(process.env, 'relay-commands');
const link = nats && openNatsLink(nats);

async function command(event: APIGatewayProxyEventV2) {
  await limit(event.requestContext.http.sourceIp);
  await authenticate(event.headers.authorization);
  const { session, subject, payload } = read(event);
  if (!link) throw unavailable('No NATS server is configured, so no engine can be told.');
  try {
    await link.publish(subject, JSON.stringify(payload));
  } catch (error) {
    logger.warn('publishing on NATS failed', { error });
    throw unavailable('NATS does not take it; the engine may or may not have got it.');
  }
  return json(202, { ok: true, session_id: session });
}

function unavailable(detail: string): RelayError {
  return new RelayError('unavailable', detail, [], { 'retry-after': RETRY_AFTER });
}

function read(event: APIGatewayProxyEventV2): Command {
  const { rawPath } = event;
  if (rawPath === arena.initPath) {
    const session = readInit(bodyOf(event));
    return { session, subject: initSubject, payload: { session_id: session } };
  }
  if (rawPath === arena.submitPath) return news(readSubmission(bodyOf(event)));
  const session = pathSession(event.pathParameters?.session_id);
  return news({ session, content: readNews(bodyOf(event)) });
}

function news({ session, content }: { readonly session: string; readonly content: string }): Command {
  return { session, subject: newsSubject(session), payload: content };
}

function bodyOf(event: APIGatewayProxyEventV2): unknown {
  return parseUntrustedJson(bodyText(event));
}

export const handler = middy(command).use(answerProblems(logger));
