/** What the minute's schedule gives each of its runs: which part of how many it does. */
export interface MinuteEvent {
  readonly sweep: { readonly part: number; readonly of: number };
}
