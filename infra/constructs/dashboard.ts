/** One dashboard: what goes through the relay, how fast, to how many, and what goes wrong. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { publishingSurfaces } from '../../shared/config.ts';
import type { Watched } from './observability.ts';
import { ofService, ofSurface } from './relay-metrics.ts';
import { tableActions } from './relay-program.ts';

const perMinute = { statistic: Stats.SUM, period: Duration.minutes(1) };

export class RelayDashboard extends Construct {
  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    new Dashboard(this, 'Board', {
      dashboardName: `${Stack.of(this).stackName}-${Stack.of(this).region}`,
      defaultInterval: Duration.hours(3),
      widgets: [
        [traffic(), latency(), posts()],
        [sockets(), streams(), errors()],
        [peers(), peerTraffic()],
        [http(watched), webSockets(watched), table(watched)],
        functions(watched),
      ],
    });
  }
}

function graph(title: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
  return new GraphWidget({ title, left, right, width: 8, height: 6, leftYAxis: { min: 0 } });
}

const counts = (...names: Parameters<typeof ofService>[0][]): IMetric[] =>
  names.map((name) => ofService(name, { ...perMinute, label: name }));

const countsBySurface = (...names: Parameters<typeof ofSurface>[1][]): IMetric[] =>
  publishingSurfaces.flatMap((surface) =>
    names.map((name) => ofSurface(surface, name, { ...perMinute, label: `${surface} ${name}` })),
  );

const traffic = () =>
  graph('Events a minute', countsBySurface('accepted', 'repeated'), countsBySurface('delivered'));

const posts = () =>
  graph('Posts that met something', countsBySurface('throttled', 'retried'), counts('gone'));

const latency = () =>
  graph(
    'Accepted to last client, ms',
    publishingSurfaces.flatMap((surface) =>
      [50, 99].map((percent) =>
        ofSurface(surface, 'delivery_ms', {
          period: perMinute.period,
          statistic: Stats.percentile(percent),
          label: `${surface} p${percent}`,
        }),
      ),
    ),
  );

const sockets = () => graph('Connected sockets', counts('sockets'), counts('heartbeats', 'stuck'));

const streams = () =>
  graph('Streams of server-sent events', counts('streams_ended', 'streams_refused'), counts('stream_events'));

const peers = () => graph('Sessions of peers', counts('peer_sockets'), counts('peer_sessions'));

const peerTraffic = () =>
  graph(
    'Frames and bytes of peers, at the end of their session',
    counts('peer_frames'),
    counts('peer_bytes'),
  );

const errors = () =>
  graph(
    'What went wrong; NATS unheard, ms; minutes of a bridge at work',
    counts('failed', 'cut', 'unfinished', 'secret_unset'),
    counts('nats_gap_ms', 'bridge_working'),
  );

const http = ({ http: { api } }: Watched) =>
  graph(
    'HTTP API',
    [api.metricCount(perMinute), api.metricClientError(perMinute), api.metricServerError(perMinute)],
    [
      api.metricLatency({
        period: perMinute.period,
        statistic: Stats.percentile(99),
        label: 'latency p99, ms',
      }),
    ],
  );

const webSockets = ({ webSockets: all }: Watched) =>
  graph(
    'WebSocket APIs',
    all.flatMap(({ name, api }) =>
      ['ConnectCount', 'MessageCount', 'IntegrationError', 'ClientError', 'ExecutionError'].map((metric) =>
        api.metric(metric, { ...perMinute, label: `${name} ${metric}` }),
      ),
    ),
  );

const table = ({ table: it }: Watched) =>
  graph(
    'DynamoDB',
    [it.metricConsumedReadCapacityUnits(perMinute), it.metricConsumedWriteCapacityUnits(perMinute)],
    [
      it.metric('ReadThrottleEvents', perMinute),
      it.metric('WriteThrottleEvents', perMinute),
      ...tableActions.map((Operation) =>
        it.metric('SystemErrors', {
          ...perMinute,
          dimensionsMap: { TableName: it.tableName, Operation },
          label: `SystemErrors ${Operation}`,
        }),
      ),
    ],
  );

function functions({ functions: all }: Watched): GraphWidget[] {
  const each = (metricOf: (fn: Watched['functions'][number]) => IMetric) => all.map(metricOf);
  const perFunction = (name: string) =>
    each(({ name: label, handler }) => handler.metric(name, { ...perMinute, label }));
  const slowest = each(({ name: label, handler }) =>
    handler.metricDuration({ period: perMinute.period, statistic: Stats.percentile(99), label }),
  );
  const environments = each(({ name: label, handler }) =>
    handler.metric('ConcurrentExecutions', { period: perMinute.period, statistic: Stats.MAXIMUM, label }),
  );
  return [
    graph('Functions: invocations', perFunction('Invocations')),
    graph('Functions: errors, throttles', perFunction('Errors'), perFunction('Throttles')),
    graph('Functions: time p99, ms; environments', slowest, environments),
  ];
}
