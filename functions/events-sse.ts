/**
 * Events as server-sent events, at a function URL with response streaming. Each stream holds an environment of this
 * function until its window ends, so there are only so many places; beyond them a client is told when to come back.
 */
import { makeEventLog } from '../shared/adapters/dynamodb/event-log.ts';
import { makePlaces } from '../shared/adapters/dynamodb/places.ts';
import { env } from '../shared/config.ts';
import { RelayError } from '../shared/core/errors.ts';
import { takePlace } from '../shared/core/places.ts';
import { readCursor, standingOf } from '../shared/core/resume.ts';
import { streamOf } from '../shared/core/stream.ts';
import { afterInQuery, lastEventId } from './_edge/asked-after.ts';
import { bearerIn } from './_edge/bearer.ts';
import { openDoors } from './_edge/doors.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime, setting } from './_edge/runtime.ts';
import { type Respond, streaming } from './_edge/streaming.ts';
import { writeOut } from './_edge/write-out.ts';

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // For proxies of the nginx kind, which would otherwise keep a quiet stream to themselves.
  'x-accel-buffering': 'no',
};
const METHODS = ['GET', 'HEAD', 'OPTIONS'];

const logger = makeLogger();
const runtime = openRuntime();
const places = makePlaces(runtime.table);
const relay = { ...runtime, log: makeEventLog(runtime.table), places, random: Math.random };
const count = Number(setting(env.sseStreams));
const entrances = openDoors(runtime, logger);

const respond: Respond = async (event, context, begin) => {
  const { method, sourceIp } = event.requestContext.http;
  const entrance = entrances.find(({ surface }) => surface.ssePath === event.rawPath);
  if (!entrance) {
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
  // A browser comes back to the address it was given, `?after=` and all: its own id is the newer one.
  const asked = lastEventId(event.headers['last-event-id']) ?? afterInQuery(query.getAll('after'));
  const holder = context.awsRequestId;
  const { channel, credential, user, ended } = await entrance.door({
    on: 'stream',
    query: (name) => query.getAll(name),
    bearer: bearerIn(event.headers.authorization),
    address: sourceIp,
    by: holder,
  });
  const whose = user === undefined ? {} : { user_id: user, token_id: credential?.token };
  const about = { request_id: event.requestContext.requestId, ...whose };
  try {
    const after = asked && readCursor(relay.log, channel, asked.text, asked.field);
    if (method === 'HEAD') {
      await begin(200, HEADERS)('');
      return;
    }
    const place = await takePlace(relay, count, holder, user);
    try {
      const standing = await standingOf(relay.log, relay.clock, channel, after);
      const write = begin(200, HEADERS);
      if (user !== undefined) logger.info('stream opened', about);
      const pieces = streamOf(relay, channel, standing, credential);
      await writeOut(logger, about, pieces, write);
    } finally {
      // Before the end of the answer, so that a client which comes back at once finds its place free.
      await places.free(place, holder);
    }
  } finally {
    await ended?.();
  }
};

export const handler = streaming(logger, respond);
