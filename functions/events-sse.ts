/**
 * Events as server-sent events, at a function URL with response streaming. Each stream holds an environment of this
 * function until its window ends, so there are only so many places; beyond them a client is told when to come back.
 */
import { makeEventLog } from '../shared/adapters/dynamodb/event-log.ts';
import { makePlaces } from '../shared/adapters/dynamodb/places.ts';
import { systemClock } from '../shared/adapters/system-clock.ts';
import { env } from '../shared/config.ts';
import { RelayError } from '../shared/core/errors.ts';
import { takePlace } from '../shared/core/places.ts';
import { readCursor, standingOf } from '../shared/core/resume.ts';
import { streamOf } from '../shared/core/stream.ts';
import { liveEvents, streamChannel } from '../shared/surfaces/live-events.ts';
import { afterInQuery, lastEventId } from './_edge/asked-after.ts';
import { openClientCheck } from './_edge/client-bearer.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime, setting } from './_edge/runtime.ts';
import { type Respond, streaming } from './_edge/streaming.ts';

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // For proxies of the nginx kind, which would otherwise keep a quiet stream to themselves.
  'x-accel-buffering': 'no',
};
const METHODS = ['GET', 'HEAD', 'OPTIONS'];

const logger = makeLogger();
const { table } = openRuntime();
const places = makePlaces(table);
const relay = { log: makeEventLog(table), places, clock: systemClock, random: Math.random };
const count = Number(setting(env.sseStreams));
const authenticate = openClientCheck(logger);

const respond: Respond = async (event, context, begin) => {
  const { method } = event.requestContext.http;
  if (event.rawPath !== liveEvents.ssePath) {
    throw new RelayError('not-found', 'No stream of this relay has this path.');
  }
  const allow = METHODS.join(', ');
  if (!METHODS.includes(method)) {
    throw new RelayError('method-not-allowed', `${method} is not taken here; use GET.`, [], { allow });
  }
  if (method === 'OPTIONS') {
    await begin(204, { allow })('');
    return;
  }
  const query = new URLSearchParams(event.rawQueryString);
  const channel = streamChannel(query.getAll('tenant'));
  // A browser comes back to the address it was given, `?after=` and all: its own id is the newer one.
  const asked = lastEventId(event.headers['last-event-id']) ?? afterInQuery(query.getAll('after'));
  await authenticate(event.headers.authorization);
  const after = asked && readCursor(relay.log, channel, asked.text, asked.field);
  if (method === 'HEAD') {
    await begin(200, HEADERS)('');
    return;
  }

  const holder = context.awsRequestId;
  const place = await takePlace(relay, count, holder);
  try {
    const standing = await standingOf(relay.log, relay.clock, channel, after);
    const write = begin(200, HEADERS);
    for await (const piece of streamOf(relay, channel, standing)) {
      if (!(await write(piece))) break;
    }
  } finally {
    // Before the end of the answer, so that a client which comes back at once finds its place free.
    await places.free(place, holder);
  }
};

export const handler = streaming(logger, respond);
