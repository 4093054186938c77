/**
 * The AWS calls of one publish, counted through the twin: what a deployment pays for, and how often it waits. Exact, so
 * `test/journeys/calls.test.ts` holds the budget to it.
 */
import { randomUUID } from 'node:crypto';
import { startTwin, type Twin } from '../../local/twin.ts';
import type { Entry, Row } from '../harness.ts';
import { type Audience, makeSenders, openAudience } from '../load.ts';

const TOKEN = 'bench-token';
const SOCKETS = 2;

const KINDS: Readonly<Record<string, keyof Calls>> = {
  UpdateItem: 'writes',
  PutItem: 'writes',
  DeleteItem: 'writes',
  GetItem: 'reads',
  Query: 'reads',
  GetSecretValue: 'secrets',
  PostToConnection: 'posts',
};

export interface Calls {
  writes: number;
  reads: number;
  secrets: number;
  posts: number;
  others: number;
}

export interface Counted extends Row, Readonly<Calls> {}

/** Publishes to two sockets, one after another, in the order of the rows that it returns. */
export async function countCalls(): Promise<Counted[]> {
  let calls: Calls = { writes: 0, reads: 0, secrets: 0, posts: 0, others: 0 };
  const twin = await startTwin({
    port: 0,
    environment: { RELAY_WEBHOOK_TOKEN: TOKEN },
    schedules: false,
    onAwsCall({ functionName, operation }, proceed) {
      if (functionName.startsWith('IngestLiveEvents')) calls[KINDS[operation] ?? 'others'] += 1;
      return proceed();
    },
  });
  const opened: Audience[] = [];
  try {
    return await play(twin, opened, () => {
      const counted = calls;
      calls = { writes: 0, reads: 0, secrets: 0, posts: 0, others: 0 };
      return counted;
    });
  } finally {
    await Promise.all(opened.map((audience) => audience.close()));
    await twin.close();
  }
}

async function play(twin: Twin, opened: Audience[], take: () => Calls): Promise<Counted[]> {
  const tenant = `bench-${randomUUID()}`;
  const senders = makeSenders(twin.url, TOKEN, 1);
  const event = (name?: string) => ({
    type: 'progress',
    tenant,
    job_id: 'job-123',
    ...(name === undefined ? {} : { event_id: name }),
  });
  const rows: Counted[] = [];
  const publish = async (name: string, body: unknown): Promise<void> => {
    await senders.send(body, 1);
    rows.push({ name, ...take() });
  };
  opened.push(await openAudience(twin.url, tenant, SOCKETS));
  await publish('first of an environment', event());
  await publish('one event', event());
  await publish('one named event', event('a'));
  await publish(
    'a list of 10',
    Array.from({ length: 10 }, () => event()),
  );
  await publish(
    'a list of 10 named',
    Array.from({ length: 10 }, (_, n) => event(`b${n}`)),
  );
  await publish('a repeat of a named event', event('a'));
  opened.push(await openAudience(twin.url, tenant, 1));
  await publish('after a new subscriber', event());
  await publish('and the one after that', event());
  senders.close();
  return rows;
}

export const calls: Entry = { about: 'AWS calls of one publish to two sockets, counted', run: countCalls };
