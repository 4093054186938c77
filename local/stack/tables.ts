/**
 * The DynamoDB tables of the stack, as the CreateTable request that makes them in the embedded database. Time to live, point in
 * time recovery and encryption are left out: they change nothing that a caller can see (expired items stay readable on AWS too,
 * for hours, so readers have to filter anyway). A stream would be seen, and a policy of the table's own would decide who may
 * call, so they are refused.
 */

import { type JsonObject, toObjects, toText } from '../json.ts';
import type { Resource } from './template.ts';

export interface TableSpec {
  name: string;
  physicalName: string;
  createRequest: JsonObject;
}

const REFUSED = ['StreamSpecification', 'ResourcePolicy'];
const INDEX_PROPERTIES = ['IndexName', 'KeySchema', 'Projection'];

export function readTables(resources: Resource[]): TableSpec[] {
  return resources
    .filter(({ type }) => type === 'AWS::DynamoDB::Table' || type === 'AWS::DynamoDB::GlobalTable')
    .map(({ name, ref, properties, logicalId }) => {
      const place = (property: string) => `${logicalId}.${property}`;
      // A global table has its policies at its replicas.
      for (const part of [properties, ...toObjects(properties.Replicas, place('Replicas'))]) {
        const refused = REFUSED.find((property) => part[property] !== undefined);
        if (refused) throw new Error(`${logicalId}: the local twin does not know the property ${refused}`);
      }
      const request: JsonObject = {
        TableName: toText(ref, place('TableName')),
        AttributeDefinitions: properties.AttributeDefinitions,
        KeySchema: properties.KeySchema,
        BillingMode: 'PAY_PER_REQUEST',
      };
      for (const kind of ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes']) {
        const indexes = toObjects(properties[kind], place(kind));
        if (indexes.length > 0) request[kind] = indexes.map(pickIndex);
      }
      return { name, physicalName: ref, createRequest: request };
    });
}

function pickIndex(index: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(index).filter(([property]) => INDEX_PROPERTIES.includes(property)),
  );
}
