/** NATS as this deployment has it: where the servers are, what is shown to them, how the bridge is asked for. */
import { createHash } from 'node:crypto';
import type { NatsConnection } from '@nats-io/transport-node';
import { openNats } from '../../shared/adapters/nats/connection.ts';
import { makeNatsLink, type NatsLink } from '../../shared/adapters/nats/link.ts';
import { openSecret } from '../../shared/adapters/secrets.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { env } from '../../shared/config.ts';
import { limits } from '../../shared/core/limits.ts';
import { setting } from './runtime.ts';

export interface Nats {
  readonly open: () => Promise<NatsConnection>;
  /** Of the durable consumer, and in the subject below: relays that share NATS servers must not meet. */
  readonly name: string;
  /** On which subject the bridge answers whoever asks whether it works. */
  readonly probeSubject: string;
}

/** Undefined where the deployer named no servers. */
export function natsOf(environment: NodeJS.ProcessEnv, connectionName: string): Nats | undefined {
  const url = environment[env.natsUrl];
  if (!url) return undefined;
  const secret = openSecret(setting(env.secret('NATS_CREDENTIALS')), systemClock.now);
  const name = `relay-${createHash('sha256').update(setting(env.table)).digest('hex').slice(0, 12)}`;
  return {
    open: () =>
      openNats({
        url,
        name: connectionName,
        credentials: async () => (await secret.values('fresh'))[0],
      }),
    name,
    probeSubject: `relay.${name}.bridge`,
  };
}

/** What a function says on NATS. */
export function openNatsLink({ open }: Nats): NatsLink {
  return makeNatsLink({
    open,
    now: systemClock.now,
    publishMs: limits.natsMs,
    // With what a cold start takes: to say no before the bridge could answer would be no truth.
    askMs: limits.natsMs,
  });
}
