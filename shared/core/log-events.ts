/** Logs what one publish has for one channel: a name that it says twice is one event, and a list may take several slots. */
import { append } from './append.ts';
import type { NewEvent, PlacedEvent } from './event.ts';
import { limits } from './limits.ts';
import { parallel } from './parallel.ts';
import type { Claim, Clock, EventLog, Head } from './ports.ts';

const SETTLE_WIDTH = 32;

export interface Logging {
  readonly log: EventLog;
  readonly clock: Clock;
}

export interface Logged {
  /** As the last numbering returned it: its version says whether a remembered list of members may be used. */
  readonly head: Head;
  /** One for each event given, in their order. A name's second event in the list has the place of its first. */
  readonly placed: readonly PlacedEvent[];
  /** Names to be marked done once their events have reached the clients. */
  readonly unsettled: readonly { readonly name: string; readonly claim: Claim }[];
}

/** `events`: at least one. */
export async function logEvents(
  { log, clock }: Logging,
  channel: string,
  events: readonly NewEvent[],
): Promise<Logged> {
  const { distinct, positions } = withoutRepeats(events);
  const slots = [];
  for (const group of groupsThatFit(distinct)) slots.push(await append(log, clock, channel, group));
  const head = slots.at(-1)?.head;
  if (!head) throw new Error('a publish needs an event');
  const placed = slots.flatMap((slot) => slot.placed);
  const isTold = new Set<number>();
  return {
    head,
    placed: positions.flatMap((position) => {
      const place = placed[position];
      if (!place) return [];
      if (!isTold.has(position)) {
        isTold.add(position);
        return [place];
      }
      return [{ epoch: place.epoch, seq: place.seq, isNew: false }];
    }),
    unsettled: slots.flatMap((slot) => slot.unsettled),
  };
}

/** Marks the names done, so that a retry does not send their events again. */
export function settle({ log }: Logging, channel: string, { unsettled }: Logged): Promise<void> {
  return parallel(unsettled, SETTLE_WIDTH, ({ name, claim }) => log.settleClaim(channel, name, claim));
}

/** A name that occurs twice in one POST is one event: the first. `positions` says where each given event went. */
function withoutRepeats(events: readonly NewEvent[]): { distinct: NewEvent[]; positions: number[] } {
  const distinct: NewEvent[] = [];
  const byName = new Map<string, number>();
  const positions = events.map((event) => {
    const earlier = event.name === undefined ? undefined : byName.get(event.name);
    if (earlier !== undefined) return earlier;
    if (event.name !== undefined) byName.set(event.name, distinct.length);
    return distinct.push(event) - 1;
  });
  return { distinct, positions };
}

/** Cuts a list where it would not fit into one log item. */
function groupsThatFit(events: readonly NewEvent[]): NewEvent[][] {
  const groups: NewEvent[][] = [];
  let room = 0;
  for (const event of events) {
    const bytes = Buffer.byteLength(event.json);
    const group = groups.at(-1);
    if (group && bytes <= room) {
      group.push(event);
      room -= bytes;
    } else {
      groups.push([event]);
      room = limits.slotBytes - bytes;
    }
  }
  return groups;
}
