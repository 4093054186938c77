/** What a surface hands to the engine, and what it gets back. */
import { type Cursor, formatCursor } from './cursor.ts';

export interface NewEvent {
  /** The normalised event without `id` and `seq`: the JSON text of an object with at least one field. */
  readonly json: string;
  /** What the sender calls it; the same name is the same event, within the retention time of its channel. */
  readonly name?: string;
}

export interface Batch {
  readonly channel: string;
  readonly events: readonly NewEvent[];
}

/** An event with its place in the log. */
export interface PlacedEvent extends Cursor {
  /** What is logged of it; absent when its clients have had it already. */
  readonly json?: string;
  /** It got its place now; else an event of the same name has it. */
  readonly isNew: boolean;
}

/** The frame of a plain JSON client. Built as text, since fan-out makes it once for thousands of sockets. */
export function jsonFrame(cursor: Cursor, json: string): string {
  return `{"id":"${formatCursor(cursor)}","seq":${cursor.seq},${json.slice(1)}`;
}
