/**
 * What a game master shows to start sessions and feed them: the bearer `ARENA_TOKEN`. Without one these routes are open, as
 * those that they replace: by the stack's option, or in the local twin.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import { openSecret } from '../../shared/adapters/secrets.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { unauthorized } from '../../shared/auth/tokens.ts';
import { env } from '../../shared/config.ts';
import { arena } from '../../shared/surfaces/arena.ts';
import { bearerIn } from './bearer.ts';
import { setting } from './runtime.ts';
import { reportUnset } from './unset.ts';

/** Takes a header `Authorization`; throws the 401 of one that opens nothing. */
export function openMasterCheck(logger: Logger): (authorization: string | undefined) => Promise<void> {
  if (process.env[env.openArena] === '1') return async () => undefined;
  const secret = openSecret(setting(env.secret(arena.masterSecret)), systemClock.now);
  return async (authorization) => {
    const shown = bearerIn(authorization);
    const verdict = await secret.check(shown);
    if (verdict === 'match') return;
    if (verdict === 'unset') {
      if (process.env[env.local] === '1') return;
      reportUnset(logger, arena.masterSecret, 'client');
    }
    throw unauthorized(shown === undefined ? 'is missing' : 'is wrong');
  };
}
