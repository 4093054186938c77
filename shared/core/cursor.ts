/**
 * A cursor names one event of one channel: the epoch (which tells the channel) and the number in it. It is the `id` of
 * every frame, and opaque to clients.
 */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

/** Characters an epoch has: eight that tell the channel, eight drawn at random when its numbering began. */
export const EPOCH_LENGTH = 16;

/** Longest cursor, characters: epoch, dot, and the digits of the largest safe integer. */
const CURSOR_LENGTH = EPOCH_LENGTH + 1 + String(Number.MAX_SAFE_INTEGER).length;

export function formatCursor(cursor: Cursor): string {
  return `${cursor.epoch}.${cursor.seq}`;
}

/** Bytes that `id` and `seq` add to an event at the most; counted before the number is known. */
export const FRAME_OVERHEAD =
  '"id":"","seq":,'.length + CURSOR_LENGTH + String(Number.MAX_SAFE_INTEGER).length;
