/** `$connect` of the WebSocket API "events": which surface, which channel, from where on, may it; then note or subscribe. */
import middy from '@middy/core';
import { makeEventLog } from '../shared/adapters/dynamodb/event-log.ts';
import { makeRoomConnections } from '../shared/adapters/dynamodb/room-connections.ts';
import { openHandOff } from '../shared/adapters/lambda/hand-off.ts';
import { systemClock } from '../shared/adapters/system-clock.ts';
import { env } from '../shared/config.ts';
import { arrived } from '../shared/core/arrival.ts';
import { RelayError } from '../shared/core/errors.ts';
import { readCursor } from '../shared/core/resume.ts';
import { isOfTemplate } from '../shared/edge/path-template.ts';
import type { Surface } from '../shared/surfaces/surface.ts';
import { openOriginCheck } from './_edge/allowed-origins.ts';
import { answerProblems } from './_edge/answer-problems.ts';
import { afterInQuery, lastEventId } from './_edge/asked-after.ts';
import { awsSettings, lambdaEndpoint } from './_edge/aws.ts';
import { bearerIn } from './_edge/bearer.ts';
import { type Knock, openDoors } from './_edge/doors.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRoomDoor } from './_edge/room-door.ts';
import { openRuntime, setting } from './_edge/runtime.ts';
import type { StartEvent } from './_edge/starting.ts';
import { type ConnectEvent, header, offered, offeredBearer, queryValues } from './_edge/websocket-event.ts';

const PROTOCOL = 'relay.v1';

const logger = makeLogger();
const relay = openRuntime();
const log = makeEventLog(relay.table);
const handOff = openHandOff({
  ...awsSettings(),
  functionName: setting(env.startFunction),
  endpoint: lambdaEndpoint(),
});
const entrances = openDoors(relay, logger);
const rooms = openRoomDoor(relay, logger);
const roomConnections = makeRoomConnections(relay.table);
const checkOrigin = openOriginCheck();

async function connect(event: ConnectEvent) {
  // An environment answers one handshake after another: what it says of this one must not name the last one's user.
  logger.resetKeys();
  const [path, ...more] = queryValues(event, 'path');
  const serves = ({ surface }: { readonly surface: Surface }) =>
    path !== undefined &&
    more.length === 0 &&
    surface.socketPaths.some((served) => isOfTemplate(served, path));
  if (serves(rooms)) return connectToRooms(event);
  const entrance = entrances.find(serves);
  if (!entrance) {
    const message = path === undefined ? 'is missing' : 'names no stream of this relay';
    throw new RelayError('invalid', `The query parameter path ${message}.`, [
      { field: 'query path', message },
    ]);
  }
  const after = afterInQuery(queryValues(event, 'after')) ?? lastEventId(header(event, 'last-event-id'));
  const { connectionId: id, requestId } = event.requestContext;
  const { channel, credential, user } = await entrance.door(knockOf(event));
  if (user !== undefined) logger.appendKeys({ user_id: user, token_id: credential?.token });
  checkOrigin(header(event, 'origin'));
  // After the credentials: whose cursor it is, is not everybody's to learn.
  if (after) readCursor(log, channel, after.text, after.field);

  const dialect = offered(event).includes(PROTOCOL) ? PROTOCOL : 'plain';
  const at = systemClock.now();
  const startFollows = await arrived(relay, { id, at, channel, dialect, after: after?.text, credential });
  if (user !== undefined) logger.info('connected', { request_id: requestId, connection_id: id });
  if (startFollows) await handOff({ start: { connection: id, dialect } } satisfies StartEvent);
  return accepted(dialect === PROTOCOL);
}

/** A browser that offers a protocol fails where none is echoed, and its token can only come as one. */
function accepted(isOffered: boolean) {
  return { statusCode: 200, ...(isOffered && { headers: { 'Sec-WebSocket-Protocol': PROTOCOL } }) };
}

/** A socket.io client says later which rooms it wants, and with which token; it waits for the first packet. */
async function connectToRooms(event: ConnectEvent) {
  const { connectionId: id } = event.requestContext;
  const { asked, grant } = await rooms.door(knockOf(event));
  checkOrigin(header(event, 'origin'));
  await roomConnections.put({ id, at: systemClock.now(), asked, grant });
  await handOff({ start: { connection: id, dialect: 'socket.io' } } satisfies StartEvent);
  return accepted(offered(event).includes(PROTOCOL));
}

function knockOf(event: ConnectEvent): Knock {
  const { connectionId, identity } = event.requestContext;
  return {
    on: 'socket',
    query: (name) => queryValues(event, name),
    bearer: bearerIn(header(event, 'authorization')) ?? offeredBearer(event),
    address: identity.sourceIp,
    by: connectionId,
  };
}

export const handler = middy(connect).use(answerProblems(logger));
