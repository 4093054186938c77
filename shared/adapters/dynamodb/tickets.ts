/** Tickets on DynamoDB: an item each, by its user. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Tickets } from '../../auth/tickets.ts';
import { conditional, expiry, keys, number, type Table } from './table.ts';

export function makeTickets(table: Table): Tickets {
  const { client, name: TableName } = table;
  return {
    async put({ user, id, hash }, token, until) {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...keys.ticket(user, id),
            hash: { S: hash },
            token: { S: token },
            streams: { M: {} },
            until: number(until),
            exp: expiry.lease(until),
          },
        }),
      );
    },

    async use({ user, id, hash }, on, by, until) {
      // A socket's use is the one and only, so its repeat is known by who it was; streams come again under any name.
      const isFree =
        on === 'socket'
          ? 'attribute_not_exists(#used) OR usedBy = :by'
          : 'attribute_not_exists(#used) OR #used = :on';
      const stream = until !== undefined && { until: number(until), exp: expiry.lease(until) };
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.ticket(user, id),
            UpdateExpression: stream
              ? 'SET #used = :on, streams.#by = :until, #until = :until, #exp = :exp'
              : 'SET #used = :on, usedBy = :by',
            ConditionExpression: `#hash = :hash AND #until > :now AND (${isFree})`,
            ExpressionAttributeNames: {
              '#used': 'used',
              '#hash': 'hash',
              '#until': 'until',
              ...(stream && { '#by': by, '#exp': 'exp' }),
            },
            ExpressionAttributeValues: {
              ':on': { S: on },
              ':hash': { S: hash },
              ':now': number(table.now()),
              ...(stream ? { ':until': stream.until, ':exp': stream.exp } : { ':by': { S: by } }),
            },
            ReturnValues: 'ALL_NEW',
          }),
        );
        return Attributes?.token?.S;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    },

    async endAt({ user, id }, by, until) {
      const leave = (change: string, condition: string, values?: Record<string, AttributeValue>) =>
        conditional(
          client.send(
            new UpdateItemCommand({
              TableName,
              Key: keys.ticket(user, id),
              UpdateExpression: `${change}REMOVE streams.#by`,
              ConditionExpression: condition,
              ExpressionAttributeNames: { '#by': by, ...(values && { '#until': 'until' }) },
              ...(values && { ExpressionAttributeValues: values }),
            }),
          ),
        );
      const isLast = await leave(
        'SET #until = :until ',
        'attribute_exists(streams.#by) AND size(streams) = :one',
        {
          ':until': number(until),
          ':one': number(1),
        },
      );
      // Another one is open, and sets the end with its own; one that crashed leaves it where it was.
      if (!isLast) await leave('', 'attribute_exists(streams.#by)');
    },
  };
}
