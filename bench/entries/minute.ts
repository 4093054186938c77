/**
 * What the minute's pass costs for 1,000 sockets: its calls, which are exact, and the time that its functions run. A plain
 * socket is looked after; a client of `relay.v1` gets a heartbeat instead in one minute of four.
 */
import { DynamoDBClient, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { WebSocket } from 'ws';
import { startTwin, type Twin } from '../../local/twin.ts';
import type { Entry, Row } from '../harness.ts';

const SOCKETS = 1_000;
const AT_ONCE = 25;
const PARTS = 4;

/** How long ago the connections came: at an age of four minutes a heartbeat is due. */
const PASSES = [
  { name: 'plain sockets', protocols: [], minutesOld: 2 },
  { name: 'relay.v1, no heartbeat due', protocols: ['relay.v1'], minutesOld: 2 },
  { name: 'relay.v1, heartbeats due', protocols: ['relay.v1'], minutesOld: 4 },
];

export const minute: Entry = {
  about: "the minute's pass over 1,000 sockets: its calls, and how long its functions run",
  async run() {
    const rows: Row[] = [];
    for (const pass of PASSES) rows.push(await measure(pass));
    return rows;
  },
};

async function measure({ name, protocols, minutesOld }: (typeof PASSES)[number]): Promise<Row> {
  let calls: Record<string, number> = {};
  const twin = await startTwin({
    port: 0,
    environment: {},
    schedules: false,
    onAwsCall({ functionName, operation }, proceed) {
      if (functionName === 'MinuteFunction') calls[operation] = (calls[operation] ?? 0) + 1;
      return proceed();
    },
    onInvoke: ({ functionName }, proceed) => (functionName === 'MinuteFunction' ? timed(proceed) : proceed()),
  });
  let functionMs = 0;
  const timed = async (proceed: () => Promise<unknown>): Promise<unknown> => {
    const began = performance.now();
    return proceed().finally(() => {
      functionMs += performance.now() - began;
    });
  };
  const sockets = await openAll(twin, protocols);
  try {
    await untilStarted(twin);
    await makeOld(twin, minutesOld);
    await twin.fireSchedules();
    calls = {};
    functionMs = 0;
    await twin.fireSchedules();
    return {
      name,
      queries: calls.Query ?? 0,
      'heads read': calls.GetItem ?? 0,
      looks: calls.GetConnection ?? 0,
      posts: calls.PostToConnection ?? 0,
      others: sum(calls) - sum(calls, ['Query', 'GetItem', 'GetConnection', 'PostToConnection']),
      [`function ms, ${PARTS} parts together`]: functionMs,
    };
  } finally {
    for (const socket of sockets) socket.terminate();
    await twin.close();
  }
}

function sum(calls: Record<string, number>, names = Object.keys(calls)): number {
  return names.reduce((total, name) => total + (calls[name] ?? 0), 0);
}

async function openAll(twin: Twin, protocols: string[]): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  const lane = async (): Promise<void> => {
    while (sockets.length < SOCKETS) {
      const socket = new WebSocket(`${twin.url.replace('http', 'ws')}/stream?tenant=bench`, protocols);
      sockets.push(socket);
      await new Promise((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return sockets;
}

async function untilStarted(twin: Twin): Promise<void> {
  for (;;) {
    const items = await connections(twin);
    if (items.length >= SOCKETS && items.every(({ live }) => live?.BOOL === true)) return;
    await new Promise((later) => setTimeout(later, 500));
  }
}

function open(twin: Twin): { client: DynamoDBClient; TableName: string } {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: twin.awsEndpoint, region: 'us-east-1', credentials });
  return { client, TableName: Object.values(twin.tables)[0] ?? '' };
}

async function connections(twin: Twin) {
  const { client, TableName } = open(twin);
  const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
  client.destroy();
  return Items.filter(({ pk }) => pk?.S?.startsWith('N#'));
}

async function makeOld(twin: Twin, minutes: number): Promise<void> {
  const { client, TableName } = open(twin);
  const at = { N: String(Date.now() - minutes * 60_000) };
  for (const { pk, sk } of await connections(twin)) {
    if (!pk || !sk) continue;
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk, sk },
        UpdateExpression: 'SET #at = :at',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':at': at },
      }),
    );
  }
  client.destroy();
}
