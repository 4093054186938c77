/**
 * The EventBridge rules of the stack that fire at a rate. Event patterns and cron expressions are refused by name.
 */

import { toObjects, toText } from '../json.ts';
import type { Resource } from './template.ts';

export interface ScheduleTarget {
  functionArn: string;
  /** A constant event in place of EventBridge's own; JSON text. */
  input: string | undefined;
}

export interface ScheduleSpec {
  name: string;
  arn: string;
  everyMs: number;
  targets: ScheduleTarget[];
}

const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export function readSchedules(resources: Resource[]): ScheduleSpec[] {
  return resources
    .filter(({ type, properties }) => type === 'AWS::Events::Rule' && properties.State !== 'DISABLED')
    .map(({ name, attributes, properties, logicalId }) => ({
      name,
      arn: attributes.Arn ?? '',
      everyMs: readRate(properties.ScheduleExpression, logicalId),
      targets: toObjects(properties.Targets, `${logicalId}.Targets`).map((target) => ({
        functionArn: toText(target.Arn, `${logicalId}.Targets.Arn`),
        input: target.Input === undefined ? undefined : toText(target.Input, `${logicalId}.Targets.Input`),
      })),
    }));
}

function readRate(expression: unknown, place: string): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(String(expression)) ?? [];
  const unitMs = UNIT_MS[unit];
  if (count === undefined || unitMs === undefined) {
    throw new Error(`${place}: the local twin knows rate(...) schedules only, not ${expression}`);
  }
  return Number(count) * unitMs;
}
