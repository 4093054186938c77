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

const CURSOR = new RegExp(`^([A-Za-z0-9_-]{${EPOCH_LENGTH}})\\.(0|[1-9]\\d{0,15})$`);

/** Undefined for a text that no relay ever gave out. */
export function parseCursor(text: string): Cursor | undefined {
  const [, epoch, digits] = CURSOR.exec(text) ?? [];
  const seq = Number(digits);
  return epoch !== undefined && Number.isSafeInteger(seq) ? { epoch, seq } : undefined;
}

/** Bytes that `id` and `seq` add to an event at the most; counted before the number is known. */
export const FRAME_OVERHEAD =
  '"id":"","seq":,'.length + CURSOR_LENGTH + String(Number.MAX_SAFE_INTEGER).length;
