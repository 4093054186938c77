/** The relay's own metrics as CloudWatch finds them, by the table that the functions print by. */
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { SurfaceName } from '../../shared/config.ts';
import { type MetricName, metricNamespace, type metrics, serviceName } from '../../shared/metrics.ts';

type BySurface = {
  [Name in MetricName]: 'surface' extends (typeof metrics)[Name]['dimensions'][number] ? Name : never;
}[MetricName];

export function ofSurface(surface: SurfaceName, name: BySurface, options: MetricOptions): Metric {
  return relayMetric(name, { service: serviceName, surface }, options);
}

export function ofService(name: Exclude<MetricName, BySurface>, options: MetricOptions): Metric {
  return relayMetric(name, { service: serviceName }, options);
}

function relayMetric(
  metricName: MetricName,
  dimensionsMap: Record<string, string>,
  options: MetricOptions,
): Metric {
  return new Metric({ namespace: metricNamespace, metricName, dimensionsMap, ...options });
}
