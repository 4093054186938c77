/** A credential is revoked while everybody posts and watches (contract rows H2, X4): it hears nothing more, and nobody else misses anything. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import {
  expectRefused,
  granted,
  hookEvent,
  issueToken,
  newUser,
  openEvents,
  openRt,
  postCli,
  postEvent,
  revoke,
} from '../support/hook-client.ts';
import { can, needs } from '../support/needs.ts';
import type { Frame } from '../support/socket-client.ts';
import { until } from '../support/until.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

/** Four senders with this pause stay below a token's rate, whatever the machine. */
const PAUSE_MS = 50;
const POSTS_BEFORE = 15;
const POSTS_AFTER = 15;

/** What was posted, and when the post began: before the answer to the revocation was there, or after. */
class Posting {
  readonly accepted: string[] = [];
  readonly late = new Set<string>();
  /** Refused, but begun before the answer: where answers get lost, what was refused may be the repeat of a post that is in the log. */
  readonly unsure = new Set<string>();
  /** Posts that began after the answer and were refused. */
  refused = 0;
  #isRevoked = false;
  #isOver = false;
  readonly #senders: Promise<void>[] = [];

  revoked(): void {
    this.#isRevoked = true;
  }

  /** `send` says whether the event was accepted. */
  start(name: string, send: (event_id: string, isLate: boolean) => Promise<boolean>): void {
    const sender = this.#send(name, send);
    sender.catch(() => undefined);
    this.#senders.push(sender);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#senders);
  }

  async #send(name: string, send: (event_id: string, isLate: boolean) => Promise<boolean>): Promise<void> {
    for (let n = 0; !this.#isOver; n += 1) {
      const event_id = `${name}-${n}`;
      const isLate = this.#isRevoked;
      if (await send(event_id, isLate)) {
        this.accepted.push(event_id);
        if (isLate) this.late.add(event_id);
      } else if (isLate) {
        this.refused += 1;
      } else {
        this.unsure.add(event_id);
      }
      await sleep(PAUSE_MS);
    }
  }
}

interface Watching {
  readonly received: readonly Frame[];
  close(): Promise<unknown>;
}

/** Two sockets and, where there are streams, two of these. */
async function watch(token: string): Promise<{ watchers: Watching[]; left(): number }> {
  const sockets = [await openRt(cloud, token), await openRt(cloud, token)];
  const streams = can('streaming') ? [await openEvents(cloud, token), await openEvents(cloud, token)] : [];
  let left = sockets.length + streams.length;
  const gone = () => {
    left -= 1;
  };
  for (const socket of sockets) socket.closed().then(gone);
  for (const stream of streams) stream.ended().then(gone);
  return { watchers: [...sockets, ...streams], left: () => left };
}

const seqOf = ({ seq }: Frame): number => seq;
const eventIds = ({ received }: Watching): unknown[] => received.map(({ event_id }) => event_id);

/** What is revoked hears nothing that was posted after the answer; everybody else hears everything. */
async function playRevocation(kind: 'a hook token' | 'a session'): Promise<void> {
  const [user, other] = [await newUser(cloud), await newUser(cloud)];
  const doomed = (await issueToken(cloud, user)).token;
  const kept = (await issueToken(cloud, user)).token;
  const others = (await issueToken(cloud, other)).token;
  const isWhole = kind === 'a session';
  const revoked = isWhole ? user.session : doomed;
  const watching = [await watch(doomed), await watch(kept), await watch(user.session)];
  const [ending, staying] = isWhole ? [watching, []] : [watching.slice(0, 1), watching.slice(1)];
  const beside = await watch(others);

  const own = new Posting();
  const foreign = new Posting();
  const accepted = (token: string) => (event_id: string) =>
    postEvent(cloud, token, { event_id }).then(() => true);
  const untilRevoked = (token: string) => async (event_id: string, isLate: boolean) => {
    const answer = await postCli(cloud, token, hookEvent({ event_id }));
    if (isLate || answer.status !== 200) expectRefused(answer, 401);
    else granted(answer, ['ok', 'event_id']);
    return answer.status === 200;
  };
  own.start('doomed', untilRevoked(doomed));
  for (const name of ['kept', 'kept-too']) own.start(name, (isWhole ? untilRevoked : accepted)(kept));
  foreign.start('other', accepted(others));
  try {
    const heardSome = ({ received }: Watching) => received.length >= POSTS_BEFORE;
    const all = [beside, ...watching].flatMap(({ watchers }) => watchers);
    await until('some events for everybody', () => all.every(heardSome) || undefined, 30_000);

    await revoke(cloud, user, { token: revoked });
    own.revoked();

    const isOver = () => ending.every(({ left }) => left() === 0) || undefined;
    // Where whoever revokes it dies, a pass closes what is left and a minute old; and a pass may be lost.
    await until('the end of what it opened', isOver, 200_000);
    const posted = () => (isWhole ? own.refused : own.late.size);
    await until('more posts', () => posted() >= POSTS_AFTER || undefined, 30_000);
  } finally {
    await Promise.all([own.stop(), foreign.stop()]);
  }

  const expectAll = async ({ watchers, left }: typeof beside, { accepted, unsure }: Posting) => {
    for (const watcher of watchers) {
      const isAsked = (id: unknown) => can('sure-calls') || !unsure.has(String(id));
      const heard = () => eventIds(watcher).filter(isAsked);
      await until('every event', () => new Set(heard()).size >= accepted.length || undefined, 30_000);
      expect(new Set(heard())).toEqual(new Set(accepted));
      expect(heard()).toHaveLength(accepted.length);
    }
    expect(left()).toBe(watchers.length);
  };
  for (const each of staying) await expectAll(each, own);
  await expectAll(beside, foreign);

  // Whatever is numbered behind an event that was posted after the answer was itself numbered after it.
  const [witness] = staying.flatMap(({ watchers }) => watchers);
  const numbersAfter = (witness?.received ?? []).filter(({ event_id }) => own.late.has(String(event_id)));
  expect(numbersAfter).toHaveLength(isWhole ? 0 : own.late.size);
  const firstAfter = Math.min(...numbersAfter.map(seqOf));
  for (const watcher of ending.flatMap(({ watchers }) => watchers)) {
    expect(Math.max(...watcher.received.map(seqOf))).toBeLessThan(firstAfter);
    expect(eventIds(watcher).filter((id) => own.late.has(String(id)))).toEqual([]);
  }
  await Promise.all([beside, ...staying].flatMap(({ watchers }) => watchers.map((one) => one.close())));
}

test(
  'a hook token that is revoked hears nothing that was posted after the answer; everybody else hears everything',
  () => playRevocation('a hook token'),
  300_000,
);

// Who revokes a session with itself cannot ask again after an answer that was lost: the minute's pass finishes it, sooner or later.
needs('sure-calls', () => {
  test('so does all of a user whose session is revoked', () => playRevocation('a session'), 300_000);
});
