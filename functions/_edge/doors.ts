/**
 * How each surface lets clients in, on a socket or to a stream of server-sent events: what of the request says which channel,
 * and what opens it. The one list of what `events-connect` and `events-sse` serve.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import { makeTickets } from '../../shared/adapters/dynamodb/tickets.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { covers } from '../../shared/auth/client-token.ts';
import { redeem } from '../../shared/auth/tickets.ts';
import { admit } from '../../shared/auth/tokens.ts';
import { RelayError } from '../../shared/core/errors.ts';
import type { Credential } from '../../shared/core/ports.ts';
import { arena, watchedChannel } from '../../shared/surfaces/arena.ts';
import { hookBackend, userChannel } from '../../shared/surfaces/hook-backend.ts';
import { liveEvents, streamChannel } from '../../shared/surfaces/live-events.ts';
import type { Surface } from '../../shared/surfaces/surface.ts';
import { onlyValue } from '../../shared/surfaces/validation.ts';
import { openClientCheck } from './client-bearer.ts';
import { openAddressLimit, openTokenRates } from './rates.ts';
import { openRoomTokens } from './room-tokens.ts';
import type { Runtime } from './runtime.ts';

/** What a client brings. */
export interface Knock {
  readonly on: 'socket' | 'stream';
  /** Every value of a query parameter. */
  readonly query: (name: string) => readonly string[];
  readonly bearer: string | undefined;
  readonly address: string;
  /** Names this one attempt. */
  readonly by: string;
}

export interface Admission {
  readonly channel: string;
  readonly credential?: Credential;
  /** For the logs. */
  readonly user?: string;
  /** To be called when a stream has ended. */
  readonly ended?: () => Promise<void>;
}

/** Throws a 400 for a request that names no channel, before the 401, 403 or 429 of who may not have it. */
export type Door = (knock: Knock) => Promise<Admission>;

export interface Entrance {
  readonly surface: Surface;
  readonly door: Door;
}

export function openDoors(runtime: Runtime, logger: Logger): readonly Entrance[] {
  return [
    { surface: liveEvents, door: liveEventsDoor(runtime, logger) },
    { surface: hookBackend, door: hookBackendDoor(runtime) },
    { surface: arena, door: arenaDoor(runtime, logger) },
  ];
}

function liveEventsDoor({ table }: Runtime, logger: Logger): Door {
  const limit = openAddressLimit(table, liveEvents.name);
  const check = openClientCheck(logger);
  return async ({ query, bearer, address }) => {
    const channel = streamChannel(query('tenant'));
    await limit(address);
    return { channel, credential: await check(bearer, channel) };
  };
}

function arenaDoor({ table }: Runtime, logger: Logger): Door {
  const limit = openAddressLimit(table, arena.name);
  const admit = openRoomTokens(logger);
  return async ({ query, bearer, address }) => {
    const channel = watchedChannel(query('path'));
    await limit(address);
    const { channels, until } = await admit(bearer);
    if (channels && !covers(channels, channel)) {
      const message = 'does not cover this channel';
      throw new RelayError('forbidden', `The client token ${message}.`, [{ field: 'token', message }]);
    }
    return { channel, credential: { until } };
  };
}

function hookBackendDoor({ table, tokens }: Runtime): Door {
  const limit = openAddressLimit(table, hookBackend.name);
  const tickets = makeTickets(table);
  const rates = openTokenRates();
  return async ({ on, query, bearer, address, by }) => {
    const shown = onlyValue(query('ticket'), 'query ticket');
    await limit(address);
    if (bearer !== undefined || shown === undefined) {
      const { id, user, exp } = await admit(tokens, rates, bearer, ['session', 'hook']);
      return { channel: userChannel(user), credential: { token: id, until: exp * 1_000 }, user };
    }
    const ticket = await redeem(tickets, shown, on, by, systemClock.now);
    const session = await tokens.get(ticket.token);
    if (!session?.isActive) {
      const message = 'comes from a session that has ended';
      throw new RelayError('unauthorized', `The ticket ${message}.`, [{ field: 'query ticket', message }]);
    }
    const { id, user, exp } = session.record;
    return {
      channel: userChannel(user),
      credential: { token: id, until: exp * 1_000 },
      user,
      ...(on === 'stream' && { ended: ticket.ended }),
    };
  };
}
