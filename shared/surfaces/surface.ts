/** What every surface says of itself; how it lets clients in is a door of `functions/_edge/doors.ts`. */
import type { SurfaceName } from '../config.ts';

export interface Surface {
  readonly name: SurfaceName;
  /** Public paths of its WebSocket, `{…}` for a part that names something; where there are several they mean the same. */
  readonly socketPaths: readonly [string, ...string[]];
  /** Public path of its server-sent events, if it has any. */
  readonly ssePath?: string;
}
