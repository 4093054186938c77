/** An event as socket.io clients get it: by its name, with one object, in every room that it belongs to. */

export interface RoomEvent {
  /** What clients listen for. */
  readonly event: string;
  /** JSON text of the object, without `id`, `seq` and `ids`. */
  readonly payload: string;
  /** The channels that it belongs to, at least one, in the order in which it is logged in them: that of their ranks. */
  readonly channels: readonly string[];
  /** What the sender calls it; the same name is the same event, within the retention time of its channels. */
  readonly name?: string;
}
