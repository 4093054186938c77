/**
 * The one table: its keys, its expiry, its client.
 *
 *     C#<channel>              / H             the channel: epoch, head, subs
 *     L#<channel>#<epoch>      / <first:16>    a slot of the log: events (void = NULL)
 *     I#<channel>#<hash name>  / I             who holds a name: epoch, first, size, seq, done
 *     S#<channel>              / <connection>  a subscription: at, starting, fed
 *     N#<partition>            / <connection>  a connection: at, channels; of socket.io also what `room-connections.ts` says
 *     E#<session>              / E             a session of two peers: instance, client, server, bytes, frames, ended
 *     Q#<partition>            / <connection>  a peer's connection: session, at
 *     M#<day>                  / <time>#<instance>  what a session of two peers has used: session, bytes, frames, reason
 *     Z#<hash session>         / Z             a session of socket.io: connection, sid, since
 *     P                        / <place:4>     a place: holder, until
 *     U#<user>                 / U             a user: at
 *     U#<user>                 / T#<token>     a token: kind, hash, scopes, at, exp, tat (its rate), revoked
 *     U#<user>                 / K#<ticket>    a ticket: hash, token, until, used
 *     V                        / <token>       a revocation under way: channel, at
 *     R#<hash group address>   / R             the rate of an address: tat
 *     J#<job>                  / J             a job: project
 *     B                        / B             the bridge from NATS: version, holder, free, proven, stream, seq
 *     O                        / <time>        an outage of it: until
 *     A#<user>                 / <time>#<id>   what was done with a user's tokens: what, token, address
 *
 * DynamoDB deletes expired items late (API_UpdateTimeToLive), so reads that an old item could mislead filter on `exp`
 * (epoch seconds).
 */
import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import { limits } from '../../core/limits.ts';

export interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
  /** How long a channel's log and names are kept, seconds. */
  readonly retentionSeconds: (channel: string) => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How much longer a channel is remembered than its last event, so that its numbering never restarts under the log. */
const CHANNEL_MARGIN_SECONDS = 48 * 60 * 60;
/** How much longer a slot is kept than it is promised, so that none expires under a reader. */
export const LOG_MARGIN_SECONDS = 10 * 60;
/** A socket lives two hours; its items a little longer, for the sweep to see them. */
const CONNECTION_MARGIN_SECONDS = 10 * 60;

export function openTable(settings: Omit<Table, 'client'>): Table {
  // A publish of a thousand names writes 32 at a time and several channels at once; the SDK's own 50 sockets suffice.
  return { ...settings, client: new DynamoDBClient({ maxAttempts: 4 }) };
}

/**
 * The table for a process that runs for ever: a call that is not answered fails after so long, milliseconds. A function needs
 * no such limit, since it has one of its own; the SDK has none.
 */
export function withTimeout(table: Table, ms: number): Table {
  const requestHandler = { connectionTimeout: ms, requestTimeout: ms, throwOnRequestTimeout: true };
  return { ...table, client: new DynamoDBClient({ maxAttempts: 2, requestHandler }) };
}

const text = (value: string): { S: string } => ({ S: value });

export const keys = {
  channel: (channel: string) => ({ pk: text(`C#${channel}`), sk: text('H') }),
  log: (channel: string, epoch: string) => text(`L#${channel}#${epoch}`),
  slot: (channel: string, epoch: string, first: number) => ({
    pk: keys.log(channel, epoch),
    sk: text(slotKey(first)),
  }),
  name: (channel: string, name: string) => ({ pk: text(`I#${channel}#${hash(name)}`), sk: text('I') }),
  subscriptions: (channel: string) => text(`S#${channel}`),
  subscription: (channel: string, connection: string) => ({
    pk: keys.subscriptions(channel),
    sk: text(connection),
  }),
  partition: (partition: number) => text(`N#${partition}`),
  places: () => text('P'),
  user: (user: string) => ({ pk: text(`U#${user}`), sk: text('U') }),
  credentials: (user: string) => text(`U#${user}`),
  token: (user: string, token: string) => ({ pk: keys.credentials(user), sk: text(`T#${token}`) }),
  ticket: (user: string, ticket: string) => ({ pk: keys.credentials(user), sk: text(`K#${ticket}`) }),
  revocations: () => text('V'),
  revocation: (token: string) => ({ pk: keys.revocations(), sk: text(token) }),
  rate: (group: string, address: string) => ({ pk: text(`R#${hash(`${group} ${address}`)}`), sk: text('R') }),
  audit: (user: string, at: string, id: string) => ({ pk: text(`A#${user}`), sk: text(`${at}#${id}`) }),
  job: (job: string) => ({ pk: text(`J#${job}`), sk: text('J') }),
  bridge: () => ({ pk: text('B'), sk: text('B') }),
  /** `from`: ISO 8601 in UTC. */
  outage: (from: string) => ({ pk: text('O'), sk: text(from) }),
  place: (place: number) => ({ pk: keys.places(), sk: text(String(place).padStart(4, '0')) }),
  peerSession: (id: string) => ({ pk: text(`E#${id}`), sk: text('E') }),
  peerPartition: (partition: number) => text(`Q#${partition}`),
  peerConnection: (id: string) => ({ pk: keys.peerPartition(partitionOf(id)), sk: text(id) }),
  /** `at`: ISO 8601 in UTC, which begins with the day. */
  peerUsage: (at: string, instance: string) => ({
    pk: text(`M#${at.slice(0, 10)}`),
    sk: text(`${at}#${instance}`),
  }),
  session: (id: string) => ({ pk: text(`Z#${hash(id)}`), sk: text('Z') }),
  connection: (id: string) => ({ pk: keys.partition(partitionOf(id)), sk: text(id) }),
};

export function slotKey(first: number): string {
  return String(first).padStart(16, '0');
}

export function hash(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}

function partitionOf(connection: string): number {
  return createHash('sha256').update(connection).digest().readUInt16BE(0) % limits.connectionPartitions;
}

export const expiry = {
  now: (table: Table) => number(Math.floor(table.now() / 1_000)),
  log: (table: Table, channel: string) => kept(table, channel, LOG_MARGIN_SECONDS),
  name: (table: Table, channel: string) => kept(table, channel, 0),
  channel: (table: Table, channel: string) => kept(table, channel, CHANNEL_MARGIN_SECONDS),
  lease: (until: number) => number(Math.ceil(until / 1_000)),
  /** Longer than any bucket takes to fill again. */
  rate: (at: number) => number(Math.ceil(at / 1_000) + limits.rateRefillSeconds),
  revoked: (table: Table) => number(Math.floor(table.now() / 1_000) + limits.revokedSeconds),
  audit: (table: Table) => number(Math.floor(table.now() / 1_000) + limits.auditDays * 86_400),
  usage: (table: Table) => number(Math.floor(table.now() / 1_000) + limits.usageDays * 86_400),
  job: (table: Table) => number(Math.floor(table.now() / 1_000) + limits.jobProjectDays * 86_400),
  outage: (table: Table) => number(Math.floor(table.now() / 1_000) + limits.outageDays * 86_400),
  /** As long after the socket as the longest of its channels' logs. */
  session: (table: Table, channels: Iterable<string>) => {
    const kept = Math.max(0, ...[...channels].map((channel) => table.retentionSeconds(channel)));
    return number(Math.floor(table.now() / 1_000) + limits.connectionSeconds + kept);
  },
  connection: (at: number) =>
    number(Math.floor(at / 1_000) + limits.connectionSeconds + CONNECTION_MARGIN_SECONDS),
};

function kept(table: Table, channel: string, margin: number): { N: string } {
  return number(Math.floor(table.now() / 1_000) + table.retentionSeconds(channel) + margin);
}

export function number(value: number): { N: string } {
  return { N: String(value) };
}

/** Runs a conditional write: `false` when its condition did not hold. */
export async function conditional(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Every item of a partition, expired ones included; strongly consistent. */
export async function* itemsUnder(
  { client, name: TableName }: Table,
  pk: AttributeValue,
): AsyncGenerator<Record<string, AttributeValue>> {
  const pages = paginateQuery(
    { client },
    {
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ConsistentRead: true,
    },
  );
  for await (const { Items } of pages) yield* Items ?? [];
}
