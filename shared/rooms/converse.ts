/** What a socket.io client says. What it must not say ends its socket, as with the reference server; it comes back by itself. */
import { hangUp } from '../core/deliver.ts';
import { decodeEngine } from '../wire/engine-io.ts';
import { decodeSocket, type Event, MAIN_NAMESPACE } from '../wire/socket-io.ts';
import { speaker } from './feed.ts';
import { hello } from './hello.ts';
import { type Answer, join, leave, refused } from './join.ts';
import type { RoomConnection } from './ports.ts';
import type { Rooms } from './rooms.ts';
import { acknowledge } from './say.ts';

/** `receivedAt`: when the gateway got it, epoch milliseconds: messages may come here in another order. */
export async function converse(
  relay: Rooms,
  connection: RoomConnection,
  text: string,
  receivedAt: number,
): Promise<void> {
  const engine = decodeEngine(text);
  switch (engine.kind) {
    case 'pong':
    case 'noop':
      return;
    case 'close':
      return goodbye(relay, connection);
    case 'message':
      return hear(relay, connection, engine.data, receivedAt);
    case 'malformed':
      return refuse(relay, connection, engine.reason);
    default:
      return refuse(relay, connection, `a client sends no packet of the kind ${engine.kind}`);
  }
}

async function hear(
  relay: Rooms,
  connection: RoomConnection,
  text: string,
  receivedAt: number,
): Promise<void> {
  const packet = decodeSocket(text);
  if (packet.kind === 'malformed') return refuse(relay, connection, packet.reason);
  const isConnected = connection.sid !== undefined;
  if (packet.kind === 'connect') {
    if (!isConnected || packet.namespace !== MAIN_NAMESPACE) return hello(relay, connection, packet);
    return refuse(relay, connection, 'CONNECT came twice');
  }
  if (!isConnected || packet.namespace !== MAIN_NAMESPACE) {
    return refuse(relay, connection, 'a packet came without a connection to its namespace');
  }
  switch (packet.kind) {
    case 'event':
      return take(relay, connection, packet, receivedAt);
    case 'disconnect':
      return goodbye(relay, connection);
    case 'binary':
      await acknowledge(relay, connection, packet.id, refused('binary_not_taken'));
      return refuse(relay, connection, 'binary data is not taken');
    case 'ack':
      // Nothing that the relay sends asks for one.
      return;
  }
}

async function take(
  relay: Rooms,
  connection: RoomConnection,
  { args, id }: Event,
  receivedAt: number,
): Promise<void> {
  const [name, what] = args;
  const answer = (given: Answer) => acknowledge(relay, connection, id, { ...given });
  const asked = { what, stamp: stampOf(receivedAt, id), answer };
  if (name === 'join') return join(relay, connection, asked);
  if (name === 'leave') return leave(relay, connection, asked);
  await answer(refused('unknown_event'));
}

/** Of what came within a millisecond, clients that ask for answers number their questions. */
function stampOf(receivedAt: number, id = 0): number {
  return receivedAt * 1_000 + (id % 1_000);
}

/** A client that leaves on purpose does not come back to its session. */
async function goodbye(relay: Rooms, connection: RoomConnection): Promise<void> {
  if (connection.session !== undefined) await relay.sessions.delete(connection.session, connection.id);
  await hangUp(relay, speaker(connection), relay.clock.now());
}

async function refuse(relay: Rooms, connection: RoomConnection, reason: string): Promise<void> {
  relay.onMalformed(connection.id, reason);
  await hangUp(relay, speaker(connection), relay.clock.now());
}
