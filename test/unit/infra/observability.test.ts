/** What is watched, and that whoever is woken by an alarm finds out what to do. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { publishingSurfaces } from '../../../shared/config.ts';
import { metrics } from '../../../shared/metrics.ts';
import { flat, type Resource, resources, synthesize } from './support.ts';

/** With a bridge to NATS: there is no more to watch than this. */
const context = { 'relay:natsUrl': 'nats://nats.example' };
const template = synthesize(context);
const manual = readFileSync(join(import.meta.dirname, '../../../docs/operate.md'), 'utf8');

const ofType = (type: string, of = template): Resource['Properties'][] =>
  resources(of).flatMap(([, { Type, Properties }]) => (Type === type ? [Properties] : []));
const alarms = ofType('AWS::CloudWatch::Alarm');
const kindOf = ({ AlarmDescription }: Resource['Properties']): string =>
  / See docs\/operate\.md#([a-z0-9-]+)$/.exec(String(AlarmDescription))?.[1] ?? '';
const ofKind = (kind: string) => alarms.filter((alarm) => kindOf(alarm) === kind);

const dimension = ({ Dimensions }: Resource['Properties'], name: string): string =>
  flat((Dimensions as { Name: string; Value: unknown }[]).find(({ Name }) => Name === name)?.Value);

/** The text below each heading of a section. */
function paragraphs(section: string): Map<string, string> {
  const [, text = ''] = manual.split(`\n## ${section}\n`);
  const [body = ''] = text.split('\n## ');
  const [, ...parts] = body.split('\n### ');
  return new Map(
    parts.map((part) => [part.split('\n', 1)[0] ?? '', part.split('\n').slice(1).join(' ').trim()]),
  );
}

describe('the manual', () => {
  const told = paragraphs('Alarms');

  test('has a heading for each kind of alarm, and no heading without an alarm', () => {
    expect([...told.keys()].sort()).toEqual([...new Set(alarms.map(kindOf))].sort());
  });

  test.each([...told])('has a paragraph about %s, not a heading alone', (_kind, text) => {
    expect(text.length).toBeGreaterThan(150);
  });

  test('lists each metric with its unit and its dimensions', () => {
    const [, table = ''] = manual.split('\n## Metrics\n');
    const rows = [...table.matchAll(/^\| `(\w+)` *\| (\w+) *\| (\w+) *\|/gm)].map(([, ...cells]) => cells);
    const known = Object.entries(metrics).map(([name, { unit, dimensions }]) => [
      name,
      unit,
      dimensions.at(-1),
    ]);
    expect(rows).toEqual(known);
  });
});

describe('an alarm', () => {
  test.each(alarms.map((alarm) => [String(alarm.AlarmName), alarm] as const))(
    '%s is named by its kind',
    (name, alarm) => {
      expect(name).toMatch(new RegExp(`^Relay-${kindOf(alarm)}(-[A-Za-z0-9-]+)?$`));
      expect(String(alarm.AlarmDescription)).toMatch(/^.{20,}\. See docs\//);
    },
  );

  test('is on or over its threshold, and silence is no fault, but of what must always run', () => {
    for (const alarm of alarms) {
      const mustRun = ['minute-missing', 'bridge-missing', 'bridge-idle'].includes(kindOf(alarm));
      expect(alarm).toMatchObject({
        ComparisonOperator: mustRun ? 'LessThanThreshold' : 'GreaterThanOrEqualToThreshold',
        TreatMissingData: mustRun ? 'breaching' : 'notBreaching',
      });
    }
  });

  test('on a metric of the relay names one that the functions write, with its dimensions', () => {
    const own = alarms.filter(({ Namespace }) => Namespace === 'Relay');
    expect(own.length).toBeGreaterThan(5);
    for (const { MetricName, Dimensions } of own) {
      const kind = metrics[MetricName as keyof typeof metrics];
      const names = (Dimensions as { Name: string }[]).map(({ Name }) => Name);
      expect(names).toEqual(kind.dimensions);
    }
  });

  test('has a name of its own', () => {
    expect(new Set(alarms.map(({ AlarmName }) => AlarmName)).size).toBe(alarms.length);
  });

  test('tells nobody as long as no topic is named', () => {
    for (const alarm of alarms) {
      expect(alarm).not.toHaveProperty('AlarmActions');
      expect(alarm).not.toHaveProperty('OKActions');
    }
  });

  test('tells the topic of the setting when it goes off and when it is over', () => {
    const arn = 'arn:aws:sns:eu-central-1:123456789012:wake-me';
    const told = ofType('AWS::CloudWatch::Alarm', synthesize({ ...context, 'relay:alarmTopicArn': arn }));
    expect(told).toHaveLength(alarms.length);
    for (const alarm of told) expect(alarm).toMatchObject({ AlarmActions: [arn], OKActions: [arn] });
  });
});

describe('alarms watch', () => {
  const functions = resources(template).flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::Lambda::Function' ? [{ name: flat({ Ref: id }), Properties }] : [],
  );
  const watched = (kind: string) =>
    ofKind(kind)
      .map((alarm) => dimension(alarm, 'FunctionName'))
      .sort();

  test('every function for errors', () => {
    expect(watched('function-errors')).toEqual(functions.map(({ name }) => name).sort());
  });

  test('every function for throttles that has not a limit of its own', () => {
    const free = functions.filter(({ Properties }) => Properties.ReservedConcurrentExecutions === undefined);
    expect(free.length).toBe(functions.length - 1);
    expect(watched('function-throttles')).toEqual(free.map(({ name }) => name).sort());
  });

  test('every function that another hands work to for what is dropped', () => {
    const environments = functions.map(({ Properties }) => JSON.stringify(Properties.Environment));
    const handedTo = functions.filter(({ name }) =>
      environments.some((text) => text.includes(`"Ref":"${name.slice(1, -1)}`)),
    );
    expect(handedTo.map(({ name }) => name)).toEqual(['<EventsStartFunction>']);
    expect(watched('hand-offs-dropped')).toEqual(handedTo.map(({ name }) => name));
  });

  test('the parts of each minute’s pass, of which one in five minutes may come late', () => {
    const rules = ofType('AWS::Events::Rule').map(({ Targets }) => Targets as { Arn: unknown }[]);
    const starts = rules.map((targets) => [flat(targets[0]?.Arn).replace('.Arn>', '>'), targets.length * 4]);
    expect(starts.map(([name]) => name).sort()).toEqual(['<MinuteFunction>', '<PeersMinuteFunction>']);
    const missing = ofKind('minute-missing');
    expect(missing.map((alarm) => [dimension(alarm, 'FunctionName'), alarm.Threshold]).sort()).toEqual(
      starts.sort(),
    );
    for (const alarm of missing) {
      expect(alarm).toMatchObject({ MetricName: 'Invocations', Statistic: 'Sum', Period: 300 });
    }
  });

  test('every WebSocket API and the HTTP API', () => {
    const apis = resources(template).flatMap(([id, { Type, Properties }]) =>
      Type === 'AWS::ApiGatewayV2::Api' ? [[Properties.ProtocolType, flat({ Ref: id })]] : [],
    );
    const of = (protocol: string) => apis.flatMap(([type, id]) => (type === protocol ? [id] : []));
    expect(ofKind('http-5xx').map((alarm) => dimension(alarm, 'ApiId'))).toEqual(of('HTTP'));
    expect(ofKind('websocket-errors').map((alarm) => dimension(alarm, 'ApiId'))).toEqual(of('WEBSOCKET'));
  });

  test('the table for throttled reads and writes, and each operation that a function may use for failures', () => {
    expect(ofKind('table-throttles').map(({ MetricName }) => MetricName)).toEqual([
      'ReadThrottleEvents',
      'WriteThrottleEvents',
    ]);
    const policies = JSON.stringify(ofType('AWS::IAM::Policy'));
    const used = new Set([...policies.matchAll(/"dynamodb:(\w+)"/g)].map(([, operation]) => operation));
    expect(ofKind('table-errors').map((alarm) => dimension(alarm, 'Operation'))).toEqual([...used].sort());
    for (const alarm of [...ofKind('table-throttles'), ...ofKind('table-errors')]) {
      expect(dimension(alarm, 'TableName')).toBe('<Table>');
    }
  });

  test('whether a task of the bridge runs, and what it did not hear', () => {
    const [missing, gap] = [...ofKind('bridge-missing'), ...ofKind('bridge-gap')];
    expect(missing).toMatchObject({
      Namespace: 'AWS/ECS',
      MetricName: 'CPUUtilization',
      Statistic: 'SampleCount',
      Threshold: 1,
      Period: 60,
    });
    expect(dimension(missing ?? {}, 'ServiceName')).toBe('<NatsBridgeService.Name>');
    expect(gap).toMatchObject({ MetricName: 'nats_gap_ms', Statistic: 'SampleCount', Threshold: 1 });
    const kinds = new Set(ofType('AWS::CloudWatch::Alarm', synthesize()).map(kindOf));
    expect([...kinds].filter((kind) => kind.startsWith('bridge-'))).toEqual([]);
  });

  test('how long the slowest deliveries of each surface that publishes take', () => {
    expect(
      ofKind('delivery-slow').map((alarm) => [dimension(alarm, 'surface'), alarm.ExtendedStatistic]),
    ).toEqual(publishingSurfaces.map((surface) => [surface, 'p99']));
  });
});

test('the dashboard shows every metric of the relay, and every function', () => {
  const [board, ...others] = ofType('AWS::CloudWatch::Dashboard');
  expect(others).toEqual([]);
  const body = flat(board?.DashboardBody);
  const shown = [...body.matchAll(/\["Relay","(\w+)"/g)].map(([, name]) => name);
  // How long streams and sessions last says how many there are, which the dashboard shows by environments and by sockets.
  expect(new Set([...shown, 'stream_seconds', 'peer_seconds'])).toEqual(new Set(Object.keys(metrics)));
  for (const [id, { Type }] of resources(template)) {
    if (Type === 'AWS::Lambda::Function') expect(body).toContain(flat({ Ref: id }));
  }
});

test('the functions’ log lines carry the name of the service that the metrics are filed under', () => {
  const names = ofType('AWS::Lambda::Function').map(
    ({ Environment }) =>
      (Environment as { Variables: Record<string, string> }).Variables.POWERTOOLS_SERVICE_NAME,
  );
  expect(new Set(names)).toEqual(new Set(['relay']));
});
