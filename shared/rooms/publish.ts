/**
 * Publishes events that belong to several channels each: to the log of one after the other, then once to every socket that is in any
 * of them. A retry of a publish that crashed before finishes its work in whichever channel lacks it.
 */
import { type Cursor, formatCursor } from '../core/cursor.ts';
import { deliverOrCut, hangUp } from '../core/deliver.ts';
import { departed } from '../core/departure.ts';
import type { FanOut } from '../core/fan-out.ts';
import { limits } from '../core/limits.ts';
import { type Logged, type Logging, logEvents, settle } from '../core/log-events.ts';
import { parallel } from '../core/parallel.ts';
import type { Subscription } from '../core/ports.ts';
import { type Entry, type Ids, readEntry, writeEntry } from './entry.ts';
import type { RoomEvent } from './event.ts';
import { type Feeding, feed, type Heads, type News, type Numbered } from './feed.ts';
import { eventFrame } from './frame.ts';
import { sharedReads } from './shared-reads.ts';

/** Channels of one POST that are worked on at one time. */
const CHANNEL_WIDTH = 8;

export interface RoomPublishing extends FanOut, Logging, Feeding {
  /** A name that nobody else has. */
  readonly draw: () => string;
}

/** One event in one channel. */
interface InChannel {
  readonly channel: string;
  readonly cursor: Cursor;
  /** Absent where its clients have had it already. */
  readonly entry?: Entry;
}

/** The ids of the events, each that in the first of its channels. */
export async function publishToRooms(relay: RoomPublishing, events: readonly RoomEvent[]): Promise<string[]> {
  const begunAt = relay.clock.now();
  const { logged, placed } = await logInAll(relay, events);
  if (placed.some((event) => event.some(({ entry }) => entry))) {
    await fanOutToRooms({ ...relay, log: sharedReads(relay.log) }, logged, placed, begunAt);
  }
  await parallel([...logged], CHANNEL_WIDTH, ([channel, one]) => settle(relay, channel, one));
  return placed.map(([first]) => (first ? formatCursor(first.cursor) : ''));
}

/** `placed`: each event in its channels, in their order. */
async function logInAll(
  relay: RoomPublishing,
  events: readonly RoomEvent[],
): Promise<{ logged: Map<string, Logged>; placed: InChannel[][] }> {
  const logged = new Map<string, Logged>();
  const placed: InChannel[][] = events.map(() => []);
  const contents = [...events];
  for (const channels of byRank(relay, events)) {
    await parallel([...channels], CHANNEL_WIDTH, async ([channel, indices]) => {
      const own = indices.flatMap((index) => {
        const content = contents[index];
        const before = placed[index];
        return content && before ? [{ index, content, before, ids: idsOf(before) }] : [];
      });
      const one = await logEvents(
        relay,
        channel,
        own.map(({ content: { event, payload, name }, ids }) => ({
          json: writeEntry({ event, payload, ids }),
          ...(name !== undefined && { name }),
        })),
      );
      logged.set(channel, one);
      for (const [place, { epoch, seq, json, isNew }] of one.placed.entries()) {
        const found = own[place];
        if (!found) continue;
        const { index, content, before } = found;
        const cursor = { epoch, seq };
        if (before.length === 0) relay.meter.count(isNew ? 'accepted' : 'repeated');
        if (json === undefined) before.push({ channel, cursor });
        else {
          const entry = readEntry(json, channel, cursor);
          before.push({ channel, cursor, entry });
          // An earlier attempt has logged it: what that said goes on to the channels that it did not get to.
          if (!isNew) contents[index] = { ...content, event: entry.event, payload: entry.payload };
        }
      }
    });
  }
  return { logged, placed };
}

/** The channels of each rank, the lower first, each with the indices of its events. Those of one rank meet in no event. */
function byRank({ rankOf }: RoomPublishing, events: readonly RoomEvent[]): Map<string, number[]>[] {
  const ranks = new Map<number, Map<string, number[]>>();
  const add = (channel: string, index: number) => {
    const channels = ranks.get(rankOf(channel)) ?? new Map<string, number[]>();
    ranks.set(rankOf(channel), channels);
    const indices = channels.get(channel) ?? [];
    channels.set(channel, indices);
    indices.push(index);
  };
  for (const [index, { channels }] of events.entries()) for (const one of channels) add(one, index);
  return [...ranks].sort(([a], [b]) => a - b).map(([, channels]) => channels);
}

function idsOf(event: readonly InChannel[]): Ids {
  return event.map(({ channel, cursor }) => [channel, cursor] as const);
}

/** A socket, with those of the channels that it is in. */
interface Member {
  readonly subscription: Subscription;
  readonly channels: Map<string, Subscription>;
}

async function fanOutToRooms(
  relay: RoomPublishing,
  logged: ReadonlyMap<string, Logged>,
  placed: readonly (readonly InChannel[])[],
  begunAt: number,
): Promise<void> {
  // From the beginning: an invocation that is killed in the middle has told nobody of the end.
  const deadline = begunAt + limits.fanOutMs;
  const members = await membersOf(relay, logged);
  const by = relay.draw();
  const frameFor = framesOf(relay, placed);
  const numbers = placed.flatMap(numbersOf);
  const heads: Heads = new Map([...logged].map(([channel, { head }]) => [channel, head]));
  let lastAt: number | undefined;
  await parallel(members, limits.fanOutWidth, async (member) => {
    const isDelivered = member.subscription.fed
      ? await feedMember(relay, member, by, { numbers, heads }, deadline)
      : await deliverPlain(relay, member, frameFor, deadline);
    if (isDelivered) lastAt = relay.clock.now();
  });
  if (lastAt !== undefined) relay.meter.deliveryMs(lastAt - begunAt);
}

/** What was sent before is left to the log: whoever has not had it stands before it. */
function numbersOf(event: readonly InChannel[]): Numbered[] {
  const ids = idsOf(event);
  return event.flatMap(({ channel, cursor, entry }) =>
    entry ? [{ channel, cursor, entry: { ...entry, ids } }] : [],
  );
}

async function membersOf(
  relay: RoomPublishing,
  logged: ReadonlyMap<string, Logged>,
): Promise<readonly Member[]> {
  const members = new Map<string, Member>();
  await parallel([...logged], CHANNEL_WIDTH, async ([channel, { head }]) => {
    for (const subscription of await relay.members.list(channel, head)) {
      const member = members.get(subscription.connection) ?? { subscription, channels: new Map() };
      members.set(subscription.connection, member);
      member.channels.set(channel, subscription);
    }
  });
  return [...members.values()];
}

/** Those channels in which the socket has been given what it missed; what it has left meanwhile is none of them. */
async function startedOf(
  relay: RoomPublishing,
  channels: ReadonlyMap<string, Subscription>,
  deadline: number,
): Promise<ReadonlySet<string>> {
  const started = new Set<string>();
  for (const [channel, subscription] of channels) {
    if (await deliverOrCut(relay, channel, subscription, [], deadline)) started.add(channel);
  }
  return started;
}

/** What fails of one client is that client's trouble: it is closed, and the others must have their events all the same. */
async function feedMember(
  relay: RoomPublishing,
  { subscription, channels }: Member,
  by: string,
  news: News,
  deadline: number,
): Promise<boolean> {
  const { connection } = subscription;
  try {
    const outcome = await feed(relay, connection, by, news, deadline);
    // A subscription that has outlived its connection.
    if (outcome === 'gone') for (const channel of channels.keys()) await departed(relay, connection, channel);
    return outcome === 'fed';
  } catch (error) {
    relay.report('unfinished', connection, error);
    await hangUp(relay, { connection, at: 0 }, deadline);
    return false;
  }
}

type FrameFor = (channels: ReadonlySet<string>) => string[];

async function deliverPlain(
  relay: RoomPublishing,
  member: Member,
  framesFor: FrameFor,
  deadline: number,
): Promise<boolean> {
  const { starting: _, ...subscription } = member.subscription;
  const channels = await startedOf(relay, member.channels, deadline);
  const [first] = channels;
  return first !== undefined && deliverOrCut(relay, first, subscription, framesFor(channels), deadline);
}

/** The frames for a socket that is in these channels, each made once, however many sockets it is for. */
function framesOf({ roomOf }: RoomPublishing, placed: readonly (readonly InChannel[])[]): FrameFor {
  const made = new Map<InChannel, string>();
  const frameOf = (one: InChannel, entry: Entry): string => {
    const frame = made.get(one) ?? eventFrame(entry, one.channel, roomOf);
    made.set(one, frame);
    return frame;
  };
  return (channels) =>
    placed.flatMap((event) => {
      const own = event.filter(({ channel }) => channels.has(channel));
      const [first] = own;
      const fresh = own.find(({ entry }) => entry)?.entry;
      if (!first || !fresh) return [];
      return [frameOf(first, { ...fresh, ids: idsOf(event) })];
    });
}
