/**
 * A cursor is the `id` of an event: `<epoch>.<seq>`. The text before the last dot says of which numbering it is; only
 * within one numbering do the numbers tell an order.
 */

export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

export function parseCursor(text: unknown): Cursor | undefined {
  const [, epoch, digits] =
    (typeof text === 'string' && /^([\x21-\x7e]+)\.(0|[1-9][0-9]{0,15})$/.exec(text)) || [];
  const seq = Number(digits);
  return epoch !== undefined && Number.isSafeInteger(seq) ? { epoch, seq } : undefined;
}

export function formatCursor(cursor: Cursor): string {
  return `${cursor.epoch}.${cursor.seq}`;
}

/** True where `cursor` is of the same numbering and not behind `other`. */
export function reaches(cursor: Cursor, other: Cursor): boolean {
  return cursor.epoch === other.epoch && cursor.seq >= other.seq;
}
