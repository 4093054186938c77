/**
 * A storm: many senders publish through the hostile twin, each repeating a POST until it is accepted, while plain clients listen
 * and come back whenever their socket breaks. What is sent depends on nothing but the options, so a seed can be run again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readings } from '../../../local/gateway/readings.ts';
import type { HostileOptions, Strike } from '../../../local/hostile/hostility.ts';
import { startTwin } from '../../../local/twin.ts';
import type { LogEntry } from '../../../shared/core/read-log.ts';
import { addresses, type Twin } from '../cloud.ts';
import { LogHygiene } from '../log-hygiene.ts';
import { TwinTable } from '../tables.ts';
import { until } from '../until.ts';
import { Listener, type Session } from './listener.ts';
import { Sender, type Sent } from './sender.ts';

export interface StormOptions extends HostileOptions {
  readonly senders: number;
  /** Of all senders together. */
  readonly publishes: number;
  readonly tenants: number;
  /** Whether some POSTs are made twice at the same moment. */
  readonly twins: boolean;
  /** Whether to see if every trace of the connections is cleared away in the end, which takes a while. */
  readonly clears: boolean;
  /** An assembly in place of the project's own. */
  readonly assembly?: string;
}

export interface Aftermath {
  readonly sent: readonly Sent[];
  readonly sessions: readonly Session[];
  /** By tenant. */
  readonly logs: ReadonlyMap<string, readonly LogEntry[]>;
  readonly strikes: readonly Strike[];
  /** How the platform answered the open questions. */
  readonly readings: Readings;
  /** Connections that the table still speaks of when every socket is gone and the minute's pass has run. */
  readonly left: number;
  readonly seconds: number;
}

const LISTENERS_PER_TENANT = 2;
/** A frame that is held up on its way is here by then. */
const STRAGGLERS_MS = 1_000;
const CLEARED_MS = 60_000;

export async function storm(options: StormOptions): Promise<Aftermath> {
  const { seed, rates, readings, timesFaster, assembly } = options;
  const environment = { RELAY_WEBHOOK_TOKEN: 'dev-secret' };
  const hygiene = new LogHygiene(environment);
  const twin = await startTwin({
    port: 0,
    environment,
    log: (line) => hygiene.look(line),
    schedules: timesFaster !== undefined,
    hostile: {
      seed,
      ...(rates && { rates }),
      ...(readings && { readings }),
      ...(timesFaster && { timesFaster }),
    },
    ...(assembly && { assembly }),
  });
  const table = new TwinTable(twin);
  try {
    const aftermath = await rage(options, twin, table);
    hygiene.verify();
    return aftermath;
  } finally {
    table.close();
    await twin.close();
  }
}

async function rage(options: StormOptions, twin: Twin, table: TwinTable): Promise<Aftermath> {
  const began = performance.now();
  const cloud = { ...addresses(twin.url), webhookToken: 'dev-secret' };
  const tenants = Array.from({ length: options.tenants }, (_, index) => `storm-${index}`);
  const listeners: Listener[] = [];
  // One after another: a connection is known by its place among those of its tenant.
  for (const tenant of tenants) {
    for (let count = 0; count < LISTENERS_PER_TENANT; count += 1) {
      const listener = new Listener(cloud, tenant);
      listeners.push(listener);
      await listener.opened();
    }
  }
  const senders = Array.from({ length: options.senders }, (_, index) => {
    const tenant = tenants[index % tenants.length] ?? '';
    return new Sender(cloud, `s${index}`, tenant, options.twins);
  });
  const each = Math.ceil(options.publishes / options.senders);
  await Promise.all(senders.map((sender) => sender.publish(each)));
  await sleep(STRAGGLERS_MS);
  const seconds = (performance.now() - began) / 1_000;

  await Promise.all(listeners.map((listener) => listener.stop()));
  const logs = new Map<string, LogEntry[]>();
  for (const tenant of tenants) logs.set(tenant, await table.log(tenant));
  return {
    sent: senders.flatMap(({ sent }) => sent),
    sessions: listeners.flatMap(({ sessions }) => sessions),
    logs,
    strikes: twin.strikes(),
    readings: twin.readings,
    left: options.clears ? await untilCleared(twin, table) : 0,
    seconds,
  };
}

/** The minute's pass runs until nothing speaks of a connection any more; the number of those that it cannot clear. */
async function untilCleared(twin: Twin, table: TwinTable): Promise<number> {
  let left = 0;
  const cleared = until(
    'no item speaks of a connection',
    async () => {
      await twin.fireSchedules();
      left = await table.countConnections();
      return left === 0 ? left : undefined;
    },
    CLEARED_MS,
  );
  return cleared.catch(() => left);
}
