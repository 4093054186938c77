/**
 * Function URLs: an address at which a function is invoked without an API Gateway. The twin serves those that stream and are
 * open to everybody; any other is refused by name until it can.
 */

import { toText } from '../json.ts';
import { type CorsSpec, readCors } from './cors.ts';
import { refuseUnknownProperties } from './known-properties.ts';
import type { Resource } from './template.ts';

export interface FunctionUrlSpec {
  id: string;
  functionArn: string;
  cors: CorsSpec | undefined;
}

export function readFunctionUrls(resources: Resource[]): FunctionUrlSpec[] {
  return resources
    .filter(({ type }) => type === 'AWS::Lambda::Url')
    .map((resource) => {
      refuseUnknownProperties(resource);
      const { logicalId, properties, ref } = resource;
      requireValue(logicalId, 'AuthType', properties.AuthType, 'NONE');
      requireValue(logicalId, 'InvokeMode', properties.InvokeMode, 'RESPONSE_STREAM');
      return {
        id: ref,
        functionArn: toText(properties.TargetFunctionArn, `${logicalId}.TargetFunctionArn`),
        cors: readCors(resource, 'Cors'),
      };
    });
}

function requireValue(logicalId: string, name: string, value: unknown, known: string): void {
  if (value === known) return;
  throw new Error(
    `${logicalId}: the local twin knows the ${name} ${known} of a function URL only, not ${value}`,
  );
}
