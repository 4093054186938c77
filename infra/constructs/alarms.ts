/**
 * The alarms. Each is of a kind; a kind is a heading in docs/operate.md that says what it means and what to do, and the
 * alarm's description leads there. They are there whether or not somebody is told: `relay:alarmTopicArn` names who is.
 *
 * Platform rules: most services send nothing where there is nothing to count, so silence is no fault but in the minute's
 * pass, which always runs. An alarm costs by the metric, so sums over several metrics would save nothing and hide which
 * one it was.
 */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { publishingSurfaces } from '../../shared/config.ts';
import type { Watched } from './observability.ts';
import { ofService, ofSurface } from './relay-metrics.ts';
import { type TableAction, tableActions } from './relay-program.ts';

const FIVE_MINUTES = { period: Duration.minutes(5) };
const sum = { statistic: Stats.SUM, ...FIVE_MINUTES };

interface Fires extends Partial<AlarmProps> {
  readonly metric: IMetric;
  /** From how much on, in each of the periods. */
  readonly threshold: number;
  /** One sentence for whoever is woken by it. */
  readonly says: string;
  /** Which one of several, as part of the name. */
  readonly of?: string;
}

export class RelayAlarms extends Construct {
  readonly #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    const { alarmTopicArn } = watched.settings;
    this.#topic = alarmTopicArn ? Topic.fromTopicArn(this, 'Topic', alarmTopicArn) : undefined;
    this.#watchFunctions(watched);
    this.#watchApis(watched);
    this.#watchTable(watched);
    this.#watchDelivery();
    this.#watchBridge(watched);
  }

  #watchFunctions({ functions }: Watched): void {
    for (const { name, handler, isReserved, takesHandOffs, timesAMinute } of functions) {
      this.#alarm('function-errors', {
        of: name,
        says: `${name} crashed or timed out.`,
        metric: handler.metricErrors(sum),
        threshold: 1,
      });
      // Where the relay has set the limit itself, meeting it is a refusal like any other.
      if (!isReserved) {
        this.#alarm('function-throttles', {
          of: name,
          says: `${name} was not started: the account has no environment left.`,
          metric: handler.metricThrottles(sum),
          threshold: 1,
        });
      }
      if (takesHandOffs) {
        this.#alarm('hand-offs-dropped', {
          of: name,
          says: `Work that was handed to ${name} was given up.`,
          metric: handler.metric('AsyncEventsDropped', sum),
          threshold: 1,
        });
      }
      if (timesAMinute > 0) this.#watchMinute(name, handler.metricInvocations(sum), timesAMinute);
    }
    this.#alarm('secret-unset', {
      says: 'A secret has no value, and everybody who needs it is refused.',
      metric: ofService('secret_unset', sum),
      threshold: 1,
    });
  }

  #watchMinute(of: string, metric: IMetric, timesAMinute: number): void {
    this.#alarm('minute-missing', {
      of,
      says: `${of}, which runs every minute, has not run, or not in all of its parts.`,
      metric,
      // Of five passes one may fall into the next five minutes.
      threshold: 4 * timesAMinute,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  #watchApis({ http, webSockets }: Watched): void {
    this.#alarm('requests-failed', {
      says: 'A request, a handshake or a stream failed by the relay’s own fault.',
      metric: ofService('failed', sum),
      threshold: 1,
    });
    this.#alarm('http-5xx', {
      says: 'The HTTP API answered with a 5xx.',
      metric: http.api.metricServerError(sum),
      threshold: 5,
    });
    // Not IntegrationError: it counts every handshake that the relay refuses, too. Failures of its own are in `failed`.
    for (const { name, api } of webSockets) {
      this.#alarm('websocket-errors', {
        of: name,
        says: `The WebSocket API "${name}" could not call its functions.`,
        metric: api.metric('ExecutionError', sum),
        threshold: 5,
      });
    }
    this.#alarm('streams-refused', {
      says: 'Streams of server-sent events were refused because all places are taken.',
      metric: ofService('streams_refused', sum),
      threshold: 10,
    });
  }

  #watchTable({ table }: Watched): void {
    for (const way of ['Read', 'Write'] as const) {
      this.#alarm('table-throttles', {
        of: way.toLowerCase(),
        says: `DynamoDB throttled ${way.toLowerCase()}s of the table.`,
        metric: table.metric(`${way}ThrottleEvents`, sum),
        threshold: 10,
      });
    }
    for (const operation of tableActions) this.#watchOperation(table.tableName, operation, table);
  }

  #watchOperation(TableName: string, Operation: TableAction, table: Watched['table']): void {
    this.#alarm('table-errors', {
      of: Operation,
      says: `DynamoDB itself failed in ${Operation}.`,
      metric: table.metric('SystemErrors', { ...sum, dimensionsMap: { TableName, Operation } }),
      threshold: 5,
    });
  }

  #watchDelivery(): void {
    for (const surface of publishingSurfaces) {
      this.#alarm('delivery-slow', {
        of: surface,
        says: `Events of ${surface} take long from their acceptance to their last client.`,
        metric: ofSurface(surface, 'delivery_ms', { statistic: Stats.percentile(99), ...FIVE_MINUTES }),
        threshold: 3_000,
        // One large fan-out is no trend; a quarter of an hour is.
        evaluationPeriods: 3,
        // The 99th of a handful is only the slowest of them.
        evaluateLowSampleCountPercentile: 'ignore',
      });
    }
    this.#alarm('sockets-cut', {
      says: 'Clients were cut off because they could not take their events.',
      metric: ofService('cut', sum),
      threshold: 10,
    });
    this.#alarm('sockets-unfinished', {
      says: 'Clients that had missed something could not be closed.',
      metric: ofService('unfinished', sum),
      threshold: 10,
    });
  }

  #watchBridge({ bridge }: Watched): void {
    if (!bridge) return;
    this.#alarm('bridge-missing', {
      says: 'No task of the bridge between NATS and the relay is running.',
      metric: bridge.metricRunningTasks(),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
      // Of a minute's report one may come late.
      evaluationPeriods: 3,
    });
    this.#alarm('bridge-idle', {
      says: 'No bridge is at work: NATS cannot be reached, or none of the tasks can do its work.',
      metric: ofService('bridge_working', { statistic: Stats.SUM, ...FIVE_MINUTES }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
    this.#alarm('bridge-gap', {
      says: 'For a time nobody listened to NATS: what was published then may be missing.',
      metric: ofService('nats_gap_ms', { statistic: Stats.SAMPLE_COUNT, ...FIVE_MINUTES }),
      threshold: 1,
    });
  }

  #alarm(kind: string, { says, of, ...props }: Fires): void {
    const name = of === undefined ? kind : `${kind}-${of}`;
    const alarm = new Alarm(this, name, {
      alarmName: `${Stack.of(this).stackName}-${name}`,
      alarmDescription: `${says} See docs/operate.md#${kind}`,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
    });
    if (!this.#topic) return;
    const action = new SnsAction(this.#topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}
