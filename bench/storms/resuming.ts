/**
 * Clients that resume, in a storm: each channel has one sender and one client of ours, on the hostile twin, whose sockets break
 * and come to their two hours on a compressed clock. In the end what each client heard is held against its channel's log.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type ConnectOptions, connect, type EventStream } from '../../client/src/index.ts';
import type { HostileOptions } from '../../local/hostile/hostility.ts';
import { startTwin, type Twin } from '../../local/twin.ts';
import { makeEventLog } from '../../shared/adapters/dynamodb/event-log.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { readLog } from '../../shared/core/read-log.ts';

export interface ResumingOptions extends HostileOptions {
  readonly channels: number;
  /** Of all channels together. */
  readonly events: number;
  /** Events in one POST. */
  readonly perPost: number;
  /** Every POST of this number is named, which takes two writes more for each event; 0: none. */
  readonly namesEvery: number;
}

export interface ResumingOutcome {
  /** In the logs; a POST that was repeated without a name counts as often as it was logged. */
  readonly events: number;
  readonly lost: number;
  readonly twice: number;
  readonly outOfOrder: number;
  /** Heard, and not in the log. */
  readonly invented: number;
  /** Times a client was told that the log no longer reached back. */
  readonly gaps: number;
  /** Sockets that were opened, over all clients. */
  readonly sockets: number;
  readonly faults: number;
  readonly seconds: number;
}

interface Client {
  readonly tenant: string;
  readonly stream: EventStream;
  readonly heard: string[];
  gaps: number;
}

const TOKEN = 'bench-token';
const MOST_ATTEMPTS = 200;
const CAUGHT_UP_MS = 120_000;

export async function resumingStorm(options: ResumingOptions): Promise<ResumingOutcome> {
  const { channels, events, perPost, namesEvery, ...hostile } = options;
  const twin = await startTwin({ port: 0, environment: { RELAY_WEBHOOK_TOKEN: TOKEN }, hostile });
  let sockets = 0;
  class Counted extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets += 1;
    }
  }
  const clients = Array.from({ length: channels }, (_, index) => open(twin, `channel-${index}`, Counted));
  const began = performance.now();
  try {
    await Promise.all(clients.map(({ stream }) => untilLive(stream)));
    const posts = Math.ceil(events / channels / perPost);
    const shape = { posts, perPost, namesEvery };
    await Promise.all(clients.map(({ tenant }) => publishAll(twin, tenant, shape)));
    const outcomes = await Promise.all(clients.map((client) => compare(twin, client)));
    const sum = (figure: keyof Compared): number =>
      outcomes.reduce((total, outcome) => total + outcome[figure], 0);
    return {
      events: sum('events'),
      lost: sum('lost'),
      twice: sum('twice'),
      outOfOrder: sum('outOfOrder'),
      invented: sum('invented'),
      gaps: clients.reduce((total, { gaps }) => total + gaps, 0),
      sockets,
      faults: twin.strikes().length,
      seconds: (performance.now() - began) / 1_000,
    };
  } finally {
    for (const { stream } of clients) stream.close();
    await twin.close();
  }
}

function open(twin: Twin, tenant: string, Socket: ConnectOptions['WebSocket']): Client {
  const stream = connect({
    url: `${twin.url.replace('http', 'ws')}/stream?tenant=${tenant}`,
    ...(Socket && { WebSocket: Socket }),
    backoffMs: 50,
    backoffMaxMs: 1_000,
    idleMs: 2_000,
    answerMs: 5_000,
  });
  const client: Client = { tenant, stream, heard: [], gaps: 0 };
  stream.on('event', ({ id }) => client.heard.push(id));
  stream.on('gap', () => {
    client.gaps += 1;
  });
  return client;
}

async function untilLive(stream: EventStream): Promise<void> {
  while (stream.state !== 'live') await sleep(20);
}

/** One POST after the other, each repeated until it is accepted. */
async function publishAll(
  twin: Twin,
  tenant: string,
  { posts, perPost, namesEvery }: { posts: number; perPost: number; namesEvery: number },
): Promise<void> {
  for (let post = 0; post < posts; post += 1) {
    const list = Array.from({ length: perPost }, (_, index) => ({
      type: 'progress',
      tenant,
      job_id: tenant,
      n: post * perPost + index,
    }));
    const isNamed = namesEvery > 0 && post % namesEvery === 0;
    const name: Record<string, string> = isNamed ? { 'Idempotency-Key': `${tenant}-${post}` } : {};
    await publish(twin, JSON.stringify(list), name);
  }
}

async function publish(twin: Twin, body: string, name: Record<string, string>): Promise<void> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const headers = { 'content-type': 'application/json', 'x-relay-token': TOKEN, ...name };
    const status = await fetch(`${twin.url}/webhook/modal`, { method: 'POST', headers, body }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 503,
    );
    if (status === 202) return;
    if (status < 500 && status !== 429) throw new Error(`a POST was refused with ${status}`);
    await sleep(40);
  }
  throw new Error(`a POST was not accepted in ${MOST_ATTEMPTS} attempts`);
}

interface Compared {
  readonly events: number;
  readonly lost: number;
  readonly twice: number;
  readonly outOfOrder: number;
  readonly invented: number;
}

async function compare(twin: Twin, { tenant, heard }: Client): Promise<Compared> {
  const logged = await loggedNumbers(twin, tenant);
  const last = logged.at(-1) ?? 0;
  const deadline = performance.now() + CAUGHT_UP_MS;
  while (numberOf(heard.at(-1)) < last && performance.now() < deadline) await sleep(50);
  const numbers = heard.map(numberOf);
  const distinct = new Set(numbers);
  const known = new Set(logged);
  return {
    events: logged.length,
    lost: logged.filter((number) => !distinct.has(number)).length,
    twice: numbers.length - distinct.size,
    outOfOrder: numbers.filter((number, index) => number < (numbers[index - 1] ?? 0)).length,
    invented: numbers.filter((number) => !known.has(number)).length,
  };
}

function numberOf(id: string | undefined): number {
  return Number(id?.split('.')[1] ?? 0);
}

/** The numbers of a channel's events, voids left out. */
async function loggedNumbers(twin: Twin, tenant: string): Promise<number[]> {
  const client = new DynamoDBClient({
    endpoint: twin.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const [name = ''] = Object.values(twin.tables);
  const log = makeEventLog({ client, name, retentionSeconds: () => 86_400, now: Date.now });
  const numbers: number[] = [];
  for await (const { seq, json } of readLog(log, systemClock, `tenant:${tenant}`, 0))
    if (json !== null) numbers.push(seq);
  client.destroy();
  return numbers;
}
