/** How socket.io clients get in: what their handshake has to say, the rooms it may ask for, the token it may show. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { requireRooms } from '../../shared/rooms/grant.ts';
import type { RoomConnection } from '../../shared/rooms/ports.ts';
import { meshJobs } from '../../shared/surfaces/mesh-jobs.ts';
import { readSocketQuery } from '../../shared/surfaces/mesh-jobs-handshake.ts';
import type { Surface } from '../../shared/surfaces/surface.ts';
import type { Knock } from './doors.ts';
import { openAddressLimit } from './rates.ts';
import { mayJoin, openRoomTokens } from './room-tokens.ts';
import type { Runtime } from './runtime.ts';

export interface RoomDoor {
  readonly surface: Surface;
  /** Throws a 400 for a handshake that is none of this protocol or asks for no room, a 401 for a bad token, a 403, a 429. */
  readonly door: (knock: Knock) => Promise<Pick<RoomConnection, 'asked' | 'grant'>>;
}

export function openRoomDoor({ table }: Runtime, logger: Logger): RoomDoor {
  const limit = openAddressLimit(table, meshJobs.name);
  const admit = openRoomTokens(logger);
  return {
    surface: meshJobs,
    async door({ query, bearer, address }) {
      const asked = readSocketQuery(query);
      await limit(address);
      // Without one here, the client may still show it in its `auth`.
      if (bearer === undefined) return { asked };
      const grant = await admit(bearer);
      requireRooms(mayJoin, grant, asked);
      return { asked, grant };
    },
  };
}
