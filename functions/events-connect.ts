/** `$connect` of the WebSocket API "events": which surface, which channel, may it, subscribe. */
import middy from '@middy/core';
import { openSecret } from '../shared/adapters/secrets.ts';
import { systemClock } from '../shared/adapters/system-clock.ts';
import { env } from '../shared/config.ts';
import { arrived } from '../shared/core/arrival.ts';
import { RelayError } from '../shared/core/errors.ts';
import { liveEvents, streamChannel } from '../shared/surfaces/live-events.ts';
import { answerProblems } from './_edge/answer-problems.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime, setting } from './_edge/runtime.ts';
import { type ConnectEvent, header, queryValues } from './_edge/websocket-event.ts';

const logger = makeLogger();
const relay = openRuntime();
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
  await authenticate(header(event, 'authorization'));
  await arrived(relay, event.requestContext.connectionId, channel, systemClock.now());
  return { statusCode: 200 };
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
