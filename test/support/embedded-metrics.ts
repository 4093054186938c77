/** What CloudWatch would take from a log line in the embedded metric format. */
import { expect } from 'vitest';

export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

interface Line {
  readonly [property: string]: unknown;
  readonly _aws?: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
}

/** Holds the line to the format's rules: values are numbers and dimensions texts, all of them at the root. */
export function metricsIn(line: string): Metric[] {
  const { _aws: directive, ...root }: Line = JSON.parse(line);
  if (!directive) return [];
  expect(Number.isInteger(directive.Timestamp)).toBe(true);
  return directive.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) => {
    expect(Namespace).toBe('Relay');
    return Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, root[name]]));
      for (const value of Object.values(dimensions))
        expect(value).toEqual(expect.stringMatching(/^\S{1,50}$/));
      return Metrics.map(({ Name: name, Unit: unit }) => {
        const value = root[name];
        if (typeof value !== 'number') throw new Error(`the line has no figure ${name}`);
        return { name, value, unit, dimensions: dimensions as Record<string, string> };
      });
    });
  });
}

/** The figures of a line by their names. */
export function figuresIn(line: string): Record<string, number> {
  return Object.fromEntries(metricsIn(line).map(({ name, value }) => [name, value]));
}
