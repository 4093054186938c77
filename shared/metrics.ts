/**
 * The one table of metrics: the functions print by it, the stack's alarms and dashboard read by it. A metric has one unit
 * and one set of dimensions, since CloudWatch takes the same name with other dimensions for another metric, with a price
 * of its own.
 */
export const metricNamespace = 'Relay';

/** Value of the dimension `service`. */
export const serviceName = 'relay';

interface MetricKind {
  readonly unit: 'Bytes' | 'Count' | 'Milliseconds' | 'Seconds';
  /** Values of `surface` are the names in `shared/config.ts`. */
  readonly dimensions: readonly ('service' | 'surface')[];
}

const ofSurface = ['service', 'surface'] as const;
const ofService = ['service'] as const;

export const metrics = {
  accepted: { unit: 'Count', dimensions: ofSurface },
  repeated: { unit: 'Count', dimensions: ofSurface },
  delivered: { unit: 'Count', dimensions: ofSurface },
  throttled: { unit: 'Count', dimensions: ofSurface },
  retried: { unit: 'Count', dimensions: ofSurface },
  delivery_ms: { unit: 'Milliseconds', dimensions: ofSurface },
  // Found dead by whichever surface met the connection, or by the minute's pass.
  gone: { unit: 'Count', dimensions: ofService },
  sockets: { unit: 'Count', dimensions: ofService },
  heartbeats: { unit: 'Count', dimensions: ofService },
  stuck: { unit: 'Count', dimensions: ofService },
  cut: { unit: 'Count', dimensions: ofService },
  unfinished: { unit: 'Count', dimensions: ofService },
  streams_ended: { unit: 'Count', dimensions: ofService },
  stream_seconds: { unit: 'Seconds', dimensions: ofService },
  stream_events: { unit: 'Count', dimensions: ofService },
  peer_sessions: { unit: 'Count', dimensions: ofService },
  peer_seconds: { unit: 'Seconds', dimensions: ofService },
  peer_frames: { unit: 'Count', dimensions: ofService },
  peer_bytes: { unit: 'Bytes', dimensions: ofService },
  peer_sockets: { unit: 'Count', dimensions: ofService },
  streams_refused: { unit: 'Count', dimensions: ofService },
  // Once a minute of a bridge from NATS that works.
  bridge_working: { unit: 'Count', dimensions: ofService },
  // How long messages on NATS may have gone unheard.
  nats_gap_ms: { unit: 'Milliseconds', dimensions: ofService },
  failed: { unit: 'Count', dimensions: ofService },
  secret_unset: { unit: 'Count', dimensions: ofService },
} as const satisfies Readonly<Record<string, MetricKind>>;

export type MetricName = keyof typeof metrics;
