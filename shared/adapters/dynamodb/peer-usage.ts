/** What the sessions of peers have used, a record each, kept by the day on which they ended. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { PeerSession } from '../../peers/ports.ts';
import { expiry, keys, number, type Table } from './table.ts';

/** Writes the record of a session that has ended. Written again it is the same one. */
export type RecordUsage = (session: PeerSession) => Promise<void>;

export function makePeerUsage(table: Table): RecordUsage {
  const { client, name: TableName } = table;
  return async ({ id, instance, client: first, pairedAt, bytes, frames, ended }) => {
    if (!ended) throw new Error('a session that has not ended has no final figures');
    const at = new Date(ended.at).toISOString();
    await client.send(
      new PutItemCommand({
        TableName,
        Item: {
          ...keys.peerUsage(at, instance),
          session: { S: id },
          openedAt: number(first.at),
          ...(pairedAt !== undefined && { pairedAt: number(pairedAt) }),
          endedAt: number(ended.at),
          reason: { S: ended.reason },
          clientBytes: number(bytes.client),
          serverBytes: number(bytes.server),
          frames: number(frames),
          exp: expiry.usage(table),
        },
      }),
    );
  };
}
