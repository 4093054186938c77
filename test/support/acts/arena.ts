/** Everything that functions do for the arena where no NATS server is configured. */
import { expect } from 'vitest';
import type { TwinCloud } from '../cloud.ts';
import { openAt } from '../socket-client.ts';
import { until } from '../until.ts';
import { newTenant, publishOne, type RequestOptions, send } from '../webhook.ts';
import type { Act, Watched } from './watched.ts';

const death = (n: number) => ({ subject: 'event.death', data: { n } });

const eventsOf = (session: string, headers: Record<string, string> = {}): RequestOptions => ({
  path: `/arena/${session}/events`,
  headers,
});

/** A watcher of the session, once it is subscribed. */
async function watch({ cloud, table }: Watched, session: string) {
  const client = await openAt(cloud, `/ws/arena/${session}`);
  const id = connectionOf(cloud, session);
  await until('the subscription', async () => ((await table.traces(id)).includes('S') ? true : undefined));
  return { client, id };
}

function connectionOf(cloud: TwinCloud, session: string): string {
  const [id = '', ...others] = cloud.twin
    .connections()
    .flatMap(({ id, query }) => (query.path === `/ws/arena/${session}` ? [id] : []));
  expect(others).toEqual([]);
  return id;
}

async function postAndRepeat(watched: Watched, patienceMs: number): Promise<void> {
  const { cloud } = watched;
  const session = newTenant('s');
  const { client } = await watch(watched, session);
  const named = eventsOf(session, { 'Idempotency-Key': 'once' });
  const first = await publishOne(cloud, death(1), named);
  expect(await publishOne(cloud, death(1), named)).toBe(first);
  expect(await client.frames(1, patienceMs)).toMatchObject([{ id: first, ...death(1) }]);
  await client.close();
}

/** The first attempt dies once its event is logged; the retry finds it there and posts it. */
async function retryAfterCrash({ cloud, dieAfter }: Watched): Promise<void> {
  const session = newTenant('s');
  const named = eventsOf(session, { 'Idempotency-Key': 'fated' });
  dieAfter('IngestArenaFunction', 3);
  expect((await send(cloud, death(1), named)).status).not.toBe(202);
  await publishOne(cloud, death(1), named);
}

/** A watcher that vanished a minute ago is met by an event, and cleared away. */
async function postToGhost(watched: Watched): Promise<void> {
  const { cloud, table } = watched;
  const session = newTenant('s');
  const { client, id } = await watch(watched, session);
  cloud.twin.vanish(id);
  await client.closed();
  await table.age(id, 60);
  await publishOne(cloud, death(1), eventsOf(session));
  expect(await table.traces(id)).toEqual([]);
}

/** To take a command takes a look at the secret; then there is nobody to tell. */
async function command({ cloud }: Watched): Promise<void> {
  const answer = await send(cloud, { session_id: 's1' }, { path: '/init_session' });
  expect(answer.status, answer.text).toBe(503);
}

export const arenaActs: readonly Act[] = [postAndRepeat, retryAfterCrash, postToGhost, command];
