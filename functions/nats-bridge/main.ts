/**
 * The bridge from NATS, a process that runs for ever: on Fargate, in the local twin, or wherever NATS can be reached. Its
 * environment is the functions' own. It ends on SIGTERM, once what it has taken is published.
 */
import { randomUUID } from 'node:crypto';
import { makeLeases, makeOutages } from '../../shared/adapters/dynamodb/bridge-lease.ts';
import { makeEventLog } from '../../shared/adapters/dynamodb/event-log.ts';
import { withTimeout } from '../../shared/adapters/dynamodb/table.ts';
import { makeBroker } from '../../shared/adapters/nats/broker.ts';
import { runBridge } from '../../shared/arena/bridge.ts';
import { Leadership } from '../../shared/arena/leadership.ts';
import { patiently, Stopped } from '../../shared/arena/patient.ts';
import { arenaChannel } from '../../shared/arena/subject.ts';
import { makeMembers } from '../../shared/core/members.ts';
import { arena } from '../../shared/surfaces/arena.ts';
import { makeLogger } from '../_edge/logger.ts';
import { natsOf } from '../_edge/nats.ts';
import { measuredPublish, publishingOf } from '../_edge/publishing.ts';
import { openRuntime } from '../_edge/runtime.ts';
import { openSockets } from '../_edge/sockets.ts';
import { followCredentials } from './container-credentials.ts';
import { reportOf } from './report.ts';

/** A call of the table that takes longer has failed, milliseconds; it is made again, the lease's as long as that is held. */
const CALL_MS = 5_000;
const LEASE_CALL_MS = 1_500;
/** What still hangs when the bridge should have ended is another's to publish, milliseconds. */
const SHUTDOWN_MS = 9_000;

async function main(): Promise<void> {
  const logger = makeLogger();
  const id = randomUUID();
  logger.appendKeys({ bridge: id });
  const stop = new AbortController();
  const end = () => {
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    stop.abort();
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);

  const nats = natsOf(process.env, `relay-bridge-${id}`);
  if (!nats) throw new Error('missing environment: NATS_URL');
  const runtime = openRuntime(CALL_MS);
  const { table, clock } = runtime;
  // Over a client of its own: behind a burst's hundreds of calls a renewal would come too late.
  const leases = makeLeases(withTimeout(table, LEASE_CALL_MS));
  // How long something has stood still is not to be told by a clock that is set.
  const leadership = new Leadership(leases, { ...clock, now: () => performance.now() }, id);
  const report = reportOf(logger);
  const patience = { clock, mayGoOn: () => leadership.isHeld, report: report.failed };
  const membership = patiently(runtime.membership, patience);
  const publishing = {
    ...publishingOf(runtime, logger),
    sockets: openSockets(logger, await followCredentials(table.client, report.failed)),
    log: patiently(makeEventLog(table), patience),
    membership,
    members: makeMembers(membership),
    connections: patiently(runtime.connections, patience),
  };
  const publish = measuredPublish(publishing, logger, arena.name);
  const retentionMs = publishing.log.retentionMs(arenaChannel('any'));
  await runBridge(
    {
      broker: makeBroker({
        open: nats.open,
        durable: nats.name,
        probeSubject: nats.probeSubject,
        oldest: () => clock.now() - retentionMs,
        passedOver: report.passedOver,
      }),
      leadership,
      outages: makeOutages(table),
      clock,
      report,
      async publish(batch) {
        if (!leadership.isHeld) throw new Stopped('the lease is lost');
        await publish([batch], id);
      },
    },
    stop.signal,
  );
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
