/** What a client showed, as attributes of its connection and its subscriptions. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Credential } from '../../core/ports.ts';
import { number } from './table.ts';

export function fromCredential(credential: Credential | undefined): Record<string, AttributeValue> {
  return {
    ...(credential?.token !== undefined && { token: { S: credential.token } }),
    ...(credential?.until !== undefined && { until: number(credential.until) }),
  };
}

export function toCredential(item: Record<string, AttributeValue>): Credential | undefined {
  if (item.token === undefined && item.until === undefined) return undefined;
  return { token: item.token?.S, until: item.until && Number(item.until.N) };
}
