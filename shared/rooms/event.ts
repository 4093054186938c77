/** An event as socket.io clients get it: by its name, with one object, in every room that it belongs to. */

export interface RoomEvent {
  /** What clients listen for. */
  readonly event: string;
  /** JSON text of the object, without `id`, `seq` and `ids`. */
  readonly payload: string;
  /**
   * The channels that it belongs to, at least one. It is logged in one after the other, and a socket that is in several has it
   * from the first. A lower rank comes first, and channels of one rank never meet in one event.
   */
  readonly channels: readonly RankedChannel[];
  /** What the sender calls it; the same name is the same event, within the retention time of its channels. */
  readonly name?: string;
}

export interface RankedChannel {
  readonly channel: string;
  readonly rank: number;
}
