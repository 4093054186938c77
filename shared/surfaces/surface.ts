/** What every surface says of itself; how it lets clients in is a door of `functions/_edge/doors.ts`. */
import type { SurfaceName } from '../config.ts';

export interface Surface {
  readonly name: SurfaceName;
  /** Public path of its WebSocket. */
  readonly socketPath: string;
  /** Public path of its server-sent events. */
  readonly ssePath: string;
}
