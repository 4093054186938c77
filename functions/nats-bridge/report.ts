/** What the bridge tells of itself, as log lines; an outage is measured by its line. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Report } from '../../shared/arena/bridge.ts';
import { measured } from '../_edge/metrics.ts';

/** A broker that is away fails many times a minute; it is told of this often at the most, milliseconds. */
const QUIET_MS = 30_000;
/** One that works says so this often; where no line comes there is an alarm, milliseconds. */
const MINUTE_MS = 60_000;

export function reportOf(logger: Logger): Report {
  let toldAt = Number.NEGATIVE_INFINITY;
  let workedAt = Number.NEGATIVE_INFINITY;
  return {
    connected() {
      toldAt = Number.NEGATIVE_INFINITY;
      logger.info('nats_connected');
    },
    disconnected(error) {
      if (performance.now() - toldAt < QUIET_MS) return;
      toldAt = performance.now();
      logger.warn('nats_disconnected', { error });
    },
    working: (kind) => logger.info('nats_bridging', { kind }),
    standing: (reason) => logger.warn('nats_standing_by', { reason }),
    passedOver: (stream, reason) => logger.warn('nats_stream_passed_over', { stream, reason }),
    renewed() {
      if (performance.now() - workedAt < MINUTE_MS) return;
      workedAt = performance.now();
      logger.info('nats_working', measured({ bridge_working: 1 }));
    },
    outage: ({ from, to }) =>
      logger.warn('nats_gap', {
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        ...measured({ nats_gap_ms: to - from }),
      }),
    failed: (error) => logger.error('the bridge tries again', { error, ...measured({ failed: 1 }) }),
  };
}
