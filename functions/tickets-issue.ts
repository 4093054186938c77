/** POST /api/ticket: lets the caller's browser in where it can send no header. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { makeTickets } from '../shared/adapters/dynamodb/tickets.ts';
import { newToken } from '../shared/auth/opaque-token.ts';
import { limits } from '../shared/core/limits.ts';
import { noFields, readBody } from '../shared/surfaces/hook-backend.ts';
import { answerProblems, secretJson } from './_edge/answer-problems.ts';
import { openHookApi, openRecord, optionalBody } from './_edge/hook-api.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime } from './_edge/runtime.ts';

const logger = makeLogger();
const runtime = openRuntime();
const api = openHookApi(runtime, logger);
const tickets = makeTickets(runtime.table);
const record = openRecord(runtime, logger);

async function issue(event: APIGatewayProxyEventV2) {
  const { id: session, user } = await api.admit(event, 'session');
  readBody(noFields, optionalBody(event));
  const ticket = newToken('ticket', user);
  await record(event, { user, what: 'ticket.issue', token: session });
  await tickets.put(ticket, session, runtime.clock.now() + limits.ticketSeconds * 1_000);
  return secretJson(200, { ticket: ticket.text, expires_in: limits.ticketSeconds });
}

export const handler = middy(issue).use(answerProblems(logger));
