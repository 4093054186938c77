/**
 * What a stream of server-sent events carries: what the client has missed, then what is published while its window lasts.
 * The function that writes it cannot be told of a publish, so it looks at the channel's head, and at the log only where
 * that has moved. It ends by itself after a window, because the platform does not stop a function whose client has left;
 * the client comes back with the last id that it saw.
 *
 * That id must never be older than what the client has seen, and be there before it has seen anything. An `id:` line
 * without data sets it and is no event (HTML, "Interpreting an event stream": the id is taken over before the data is
 * looked at). One stands at the start, and wherever voids have moved the place on.
 */
import { type Cursor, formatCursor } from './cursor.ts';
import { type Entitling, hasExpired, isEntitled } from './entitled.ts';
import { jsonFrame } from './event.ts';
import { limits } from './limits.ts';
import type { Credential, EventLog } from './ports.ts';
import { readRange } from './read-log.ts';
import type { Standing } from './resume.ts';

export interface Streaming extends Entitling {
  readonly log: EventLog;
}

/** The pieces of one stream, each of them whole lines. It ends early where the client's token does. */
export async function* streamOf(
  relay: Streaming,
  channel: string,
  { from, head }: Standing,
  credential?: Credential,
): AsyncGenerator<string> {
  const { log, clock } = relay;
  const watch = watchOf(relay, credential);
  const end = clock.now() + limits.streamWindowMs;
  let place = from;
  let told = from;
  let spoken = clock.now();
  yield `retry: ${limits.streamRetryMs}\n${idLine(from)}\n`;

  let upTo: Cursor = head;
  let pause: number = limits.streamPollMs.shortest;
  let version: number | undefined;
  while (clock.now() < end) {
    if (!(await watch.holds(version))) return;
    // The channel was forgotten and begun anew: all of the new numbering is news.
    if (upTo.epoch !== place.epoch) place = { epoch: upTo.epoch, seq: 0 };
    const { epoch } = place;
    for await (const { seq, json } of readRange(log, clock, channel, {
      epoch,
      after: place.seq,
      upTo: upTo.seq,
    })) {
      place = { epoch, seq };
      if (json === null) continue;
      if (!(await watch.stillHolds())) return;
      yield `${idLine(place)}data: ${jsonFrame(place, json)}\n\n`;
      told = place;
      spoken = clock.now();
      pause = limits.streamPollMs.shortest;
      if (spoken >= end) return;
    }
    if (clock.now() - spoken >= limits.streamCommentMs) {
      yield place === told ? ':\n\n' : `:\n${idLine(place)}\n`;
      told = place;
      spoken = clock.now();
    }
    await clock.sleep(Math.max(0, Math.min(pause, end - clock.now())));
    pause = Math.min(pause * 1.5, limits.streamPollMs.longest);
    const now = await log.head(channel);
    version = now?.subs;
    upTo = now ?? upTo;
  }
  if (place !== told) yield `${idLine(place)}\n`;
}

/** Whether a piece of a stream is an event; the others say where the stream stands, or that it is there. */
export function carriesEvent(piece: string): boolean {
  return piece.includes('\ndata: ');
}

function idLine(cursor: Cursor): string {
  return `id: ${formatCursor(cursor)}\n`;
}

/**
 * Asks after the client's token no oftener than it takes. A revocation raises the version of the channel's membership, which
 * comes with every look at the head: while that stands still, nobody's token was revoked since the last look. In the
 * middle of much that was missed there is no look at the head, so there the time decides.
 */
function watchOf(relay: Streaming, credential: Credential | undefined) {
  let seen: number | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  const ask = () => {
    askedAt = relay.clock.now();
    return isEntitled(relay, credential);
  };
  const expired = () => hasExpired(credential, relay.clock.now());
  return {
    /** `version`: of the membership, as it came with the head up to which is to be read; undefined where nobody knows. */
    async holds(version: number | undefined): Promise<boolean> {
      if (expired()) return false;
      if (version !== undefined && version === seen) return true;
      seen = version;
      return ask();
    },
    async stillHolds(): Promise<boolean> {
      if (expired()) return false;
      return relay.clock.now() - askedAt < limits.entitledMs || ask();
    },
  };
}
