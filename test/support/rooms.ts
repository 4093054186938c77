/** Socket.io's rooms over a memory world, and what tests say to them and read from them. */
import { makeMembers } from '../../shared/core/members.ts';
import { unmetered } from '../../shared/core/meter.ts';
import type { Meter } from '../../shared/core/ports.ts';
import type { Sweep } from '../../shared/core/sweep.ts';
import { converse } from '../../shared/rooms/converse.ts';
import type { RoomEvent } from '../../shared/rooms/event.ts';
import type { RoomPublishing } from '../../shared/rooms/publish.ts';
import type { Rooms } from '../../shared/rooms/rooms.ts';
import { pingFrame } from '../../shared/rooms/say.ts';
import { channelRank, channelRoom, roomChannel } from '../../shared/surfaces/mesh-jobs.ts';
import type { MemoryWorld } from './memory-world.ts';

/** Open to everybody: a token is neither needed nor read. */
export function roomsOn(
  world: MemoryWorld,
  meter: Meter = unmetered,
): Rooms & RoomPublishing & Pick<Sweep, 'ping'> {
  return {
    log: world.log,
    membership: world.membership,
    members: makeMembers(world.membership),
    connections: world.connections,
    rooms: world.rooms,
    sessions: world.sessions,
    tokens: world.tokens,
    sockets: world.sockets,
    clock: world.clock,
    random: () => 0.5,
    meter,
    report: () => undefined,
    roomOf: channelRoom,
    rankOf: channelRank,
    channelOf: roomChannel,
    admit: async () => ({}),
    mayJoin: () => true,
    draw: world.draw,
    onMalformed: () => undefined,
    ping: pingFrame,
  };
}

/** A handshake that was answered. `asked`: channels. */
export async function arrive(world: MemoryWorld, id: string, asked: readonly string[] = []): Promise<void> {
  await world.rooms.put({ id, at: world.clock.now(), asked });
}

let heard = 0;

/** A client says something; nobody hears one that has left. `receivedAt`: later than whatever was said before. */
export async function says(relay: Rooms, id: string, text: string, receivedAt?: number): Promise<void> {
  heard += 1;
  const stamp = receivedAt ?? heard;
  const connection = await relay.rooms.get(id);
  if (connection) await converse(relay, connection, text, stamp);
}

/** Arrives and connects. `auth`: with `recovery` for a client that recovers. */
export async function connect(
  world: MemoryWorld,
  id: string,
  auth?: Readonly<Record<string, unknown>>,
  asked: readonly string[] = [],
): Promise<void> {
  await arrive(world, id, asked);
  await says(roomsOn(world), id, auth ? `40${JSON.stringify(auth)}` : '40');
}

/** `channels`: in any order. */
export function roomEvent(
  event: string,
  payload: object,
  channels: readonly string[],
  name?: string,
): RoomEvent {
  return {
    event,
    payload: JSON.stringify(payload),
    channels: channels.toSorted((a, b) => channelRank(a) - channelRank(b)),
    ...(name !== undefined && { name }),
  };
}

export interface EventFrame {
  readonly event: string;
  readonly payload: { readonly id: string; readonly seq: number; readonly [field: string]: unknown };
  /** There where the client recovers. */
  readonly offset?: string;
}

/** The events among a connection's frames. */
export function eventsTo(world: MemoryWorld, id: string): EventFrame[] {
  return (world.received.get(id) ?? []).flatMap((frame) => {
    if (!frame.startsWith('42')) return [];
    const [event, payload, offset] = JSON.parse(frame.slice(2));
    return [{ event, payload, ...(offset !== undefined && { offset }) }];
  });
}

/** The answer to an event that asked for one; undefined where none has come. */
export function answerTo(world: MemoryWorld, id: string, packet: number): unknown {
  const start = `43${packet}[`;
  const frame = world.received.get(id)?.findLast((each) => each.startsWith(start));
  return frame === undefined ? undefined : JSON.parse(frame.slice(start.length - 1))[0];
}

/** What CONNECT was answered with. */
export function connectedTo(world: MemoryWorld, id: string): { sid?: string; pid?: string } | undefined {
  const frame = world.received.get(id)?.find((each) => each.startsWith('40'));
  return frame === undefined ? undefined : JSON.parse(frame.slice(2));
}
