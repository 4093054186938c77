/**
 * Appends events to a channel's log as one write-once slot, each named event at most once.
 *
 * The steps are ordered so that a crash between any two of them leaves nothing stuck and nothing twice:
 *
 *     1 advance   number the slot; numbers that are then not used end as voids
 *     2 claim     each name points at its number in the slot
 *     3 putSlot   write the slot if its first number is free; it is not when a reader gave up waiting and voided it:
 *                 number again, move the claims that are still ours, repeat
 *
 * A claim leaves a slot only once that slot is known to be void, and slots are write-once, so a name is in at most one
 * slot, whoever crashes, repeats or is late. Marking a name done is left to the caller: it comes after the fan-out.
 */
import type { NewEvent, PlacedEvent } from './event.ts';
import { limits } from './limits.ts';
import { parallel } from './parallel.ts';
import type { Claim, Clock, EventLog, Head } from './ports.ts';

/** Names are claimed this many at a time; a list may bring a thousand. */
const CLAIM_WIDTH = 32;

export interface Appended {
  readonly head: Head;
  /** One for each event given, in their order. */
  readonly placed: readonly PlacedEvent[];
  /** Names to be marked done once their events have reached the clients. */
  readonly unsettled: readonly { readonly name: string; readonly claim: Claim }[];
}

/** Where an event stands while its slot is made. */
type Standing =
  | { kind: 'ours'; claim?: Claim } // goes into the slot being made
  | { kind: 'repeat'; claim: Claim } // an earlier attempt finished it
  | { kind: 'rescue'; claim: Claim; json: string }; // an earlier attempt logged it and went no further

export async function append(
  log: EventLog,
  clock: Clock,
  channel: string,
  events: readonly NewEvent[],
): Promise<Appended> {
  const deadline = clock.now() + limits.patienceMs;
  const standings: Standing[] = events.map(() => ({ kind: 'ours' }));
  for (;;) {
    const head = await log.advance(channel, events.length);
    const first = head.seq - events.length + 1;
    const slotClaim = (index: number): Claim => ({
      epoch: head.epoch,
      first,
      size: events.length,
      seq: first + index,
      done: false,
    });
    await parallel(events, CLAIM_WIDTH, async ({ name }, index) => {
      const standing = standings[index];
      if (name === undefined || standing?.kind !== 'ours') return;
      standings[index] = await takeName(
        log,
        clock,
        channel,
        name,
        slotClaim(index),
        standing.claim,
        deadline,
      );
    });
    const slot = { first, events: events.map((e, i) => (standings[i]?.kind === 'ours' ? e.json : null)) };
    const written = await log.putSlot(channel, head.epoch, slot);
    if (written || slot.events.every((e) => e === null)) return summary(head, first, events, standings);
  }
}

/** Makes the name point at `own`, or finds that an earlier attempt has it for good. */
async function takeName(
  log: EventLog,
  clock: Clock,
  channel: string,
  name: string,
  own: Claim,
  previous: Claim | undefined,
  deadline: number,
): Promise<Standing> {
  if (previous && (await log.moveClaim(channel, name, previous, own))) {
    return { kind: 'ours', claim: own };
  }
  for (let pause = 50; ; pause = Math.min(pause * 2, 400)) {
    const held = await log.claim(channel, name, own);
    if (held === 'claimed' || sameSlot(held, own)) return { kind: 'ours', claim: own };
    if (held.done) return { kind: 'repeat', claim: held };
    if (clock.now() < deadline) {
      await clock.sleep(pause);
      continue;
    }
    const settled = await takeOver(log, channel, name, held, own);
    if (settled) return settled;
  }
}

/** The first attempt has had its time: take its event where it stands in the log, or take its name. */
async function takeOver(
  log: EventLog,
  channel: string,
  name: string,
  held: Claim,
  own: Claim,
): Promise<Standing | undefined> {
  const slot = await log.slotAt(channel, held.epoch, held.first);
  if (slot?.first !== held.first) {
    // Not written. Voiding it first means that a first attempt that is merely late cannot write it any more.
    const nothing = Array.from({ length: held.size }, () => null);
    await log.putSlot(channel, held.epoch, { first: held.first, events: nothing });
    return undefined;
  }
  const json = slot.events[held.seq - held.first];
  if (typeof json === 'string') return { kind: 'rescue', claim: held, json };
  return (await log.moveClaim(channel, name, held, own)) ? { kind: 'ours', claim: own } : undefined;
}

function sameSlot(a: Claim, b: Claim): boolean {
  return a.epoch === b.epoch && a.first === b.first;
}

function summary(
  head: Head,
  first: number,
  events: readonly NewEvent[],
  standings: readonly Standing[],
): Appended {
  const unsettled: { name: string; claim: Claim }[] = [];
  const placed = events.map(({ json, name }, index): PlacedEvent => {
    const standing = standings[index];
    if (!standing || standing.kind === 'ours') {
      if (name !== undefined && standing?.claim) unsettled.push({ name, claim: standing.claim });
      return { epoch: head.epoch, seq: first + index, json, isNew: true };
    }
    const { epoch, seq } = standing.claim;
    if (standing.kind === 'repeat') return { epoch, seq, isNew: false };
    if (name !== undefined) unsettled.push({ name, claim: standing.claim });
    return { epoch, seq, json: standing.json, isNew: false };
  });
  return { head, placed, unsettled };
}
