/**
 * What a client of `relay.v1` may say. Each message stands for itself, since the gateway may deliver two at once and in
 * either order.
 */
import type { Cursor } from './cursor.ts';
import { RelayError } from './errors.ts';
import { errorFrame, pongFrame } from './frames.ts';
import type { Connection } from './ports.ts';
import { readCursor, standingOf } from './resume.ts';
import { remains, replayInBatches, type Starting, send, start } from './start.ts';

/** Answers one message; `by` names the invocation. What a plain client says has no effect. */
export async function heard(
  relay: Starting,
  connection: Connection,
  text: string,
  by: string,
): Promise<void> {
  const { id, dialect } = connection;
  const [channel] = connection.channels;
  if (channel === undefined || dialect !== 'relay.v1') return;
  const say = (frame: string) => send(relay, connection, channel, [frame]);
  const { action, after } = read(text);
  if (action === 'ping') {
    const { head } = await standingOf(relay.log, relay.clock, channel, undefined);
    await say(pongFrame(head));
  } else if (action === 'start' || action === 'resume') {
    const cursor = after === undefined ? undefined : askedFor(relay, channel, after);
    if (cursor === 'wrong' || (action === 'resume' && !cursor)) {
      await say(errorFrame('bad_cursor'));
    } else if (action === 'start') {
      await start(relay, id, { by, inBatches: true, ...(cursor && { after: cursor }) });
    } else if (cursor) {
      await resume(relay, connection, channel, cursor);
    }
  } else {
    await say(errorFrame('unknown_action'));
  }
}

async function resume(
  relay: Starting,
  connection: Connection,
  channel: string,
  after: Cursor,
): Promise<void> {
  const { from, head, recovered } = await standingOf(relay.log, relay.clock, channel, after);
  if (!(await remains(relay, connection, channel))) return;
  await replayInBatches(relay, connection, channel, from, head, recovered);
}

function askedFor(relay: Starting, channel: string, after: unknown): Cursor | 'wrong' {
  try {
    return readCursor(relay.log, channel, String(after), 'after');
  } catch (error) {
    if (error instanceof RelayError) return 'wrong';
    throw error;
  }
}

function read(text: string): { action?: unknown; after?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
