/** `$connect` of the WebSocket API "events": which surface, which channel, from where on, may it; then note or subscribe. */
import middy from '@middy/core';
import { makeEventLog } from '../shared/adapters/dynamodb/event-log.ts';
import { openHandOff } from '../shared/adapters/lambda/hand-off.ts';
import { openSecret } from '../shared/adapters/secrets.ts';
import { systemClock } from '../shared/adapters/system-clock.ts';
import { env } from '../shared/config.ts';
import { arrived } from '../shared/core/arrival.ts';
import { RelayError } from '../shared/core/errors.ts';
import { readCursor, requireCursor } from '../shared/core/resume.ts';
import { liveEvents, streamChannel } from '../shared/surfaces/live-events.ts';
import { answerProblems } from './_edge/answer-problems.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime, setting } from './_edge/runtime.ts';
import type { StartEvent } from './_edge/starting.ts';
import { type ConnectEvent, header, offers, queryValues } from './_edge/websocket-event.ts';

const PROTOCOL = 'relay.v1';

const logger = makeLogger();
const relay = openRuntime();
const log = makeEventLog(relay.table);
const handOff = openHandOff(setting(env.startFunction));
const open = process.env[env.openStreams] === '1';
const clientSecret = open
  ? undefined
  : openSecret(setting(env.secret(liveEvents.clientSecret)), systemClock.now);

async function connect(event: ConnectEvent) {
  const [path, ...more] = queryValues(event, 'path');
  if (path !== liveEvents.streamPath || more.length > 0) {
    const message = path === undefined ? 'is missing' : 'names no stream of this relay';
    throw new RelayError('invalid', `The query parameter path ${message}.`, [
      { field: 'query path', message },
    ]);
  }
  const channel = streamChannel(queryValues(event, 'tenant'));
  const after = askedAfter(event);
  await authenticate(header(event, 'authorization'));
  // After the credentials: whose cursor it is, is not everybody's to learn.
  if (after) readCursor(log, channel, after.text, after.field);

  const id = event.requestContext.connectionId;
  const dialect = offers(event, PROTOCOL) ? PROTOCOL : 'plain';
  const at = systemClock.now();
  const startFollows = await arrived(relay, { id, at, channel, dialect, after: after?.text });
  if (startFollows) await handOff({ start: { connection: id } } satisfies StartEvent);
  return {
    statusCode: 200,
    ...(dialect === PROTOCOL && { headers: { 'Sec-WebSocket-Protocol': PROTOCOL } }),
  };
}

/** `?after=`, or `Last-Event-ID` where a client has that. */
function askedAfter(event: ConnectEvent): { text: string; field: string } | undefined {
  const [after, ...more] = queryValues(event, 'after');
  const field = after === undefined ? 'header Last-Event-ID' : 'query after';
  const text = after ?? header(event, 'last-event-id');
  if (more.length > 0) {
    const message = 'is given more than once';
    throw new RelayError('invalid', `Not valid: ${field}.`, [{ field, message }]);
  }
  if (text === undefined) return undefined;
  requireCursor(text, field);
  return { text, field };
}

/** The shared bearer of the desktop apps. Without one the streams are open: by the stack's option, or in the local twin. */
async function authenticate(authorization: string | undefined): Promise<void> {
  if (!clientSecret) return;
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  const verdict = await clientSecret.check(token);
  if (verdict === 'match') return;
  if (verdict === 'unset') {
    if (process.env[env.local] === '1') return;
    logger.error(`${liveEvents.clientSecret} has no value; every client is refused`);
  }
  const message = token === undefined ? 'is missing' : 'is wrong';
  throw new RelayError('unauthorized', `The bearer token ${message}.`, [
    { field: 'header Authorization', message },
  ]);
}

export const handler = middy(connect).use(answerProblems(logger));
