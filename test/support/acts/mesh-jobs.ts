/** Everything that functions do for mesh jobs: for their senders, and for socket.io clients. */
import { expect } from 'vitest';
import type { TwinCloud } from '../cloud.ts';
import { completed, line, logOf, newId, postJob, postOne } from '../mesh-webhook.ts';
import { until } from '../until.ts';
import { contentOf, SOCKET_IO, WireSocket } from '../wire-socket.ts';
import type { Act, Watched } from './watched.ts';

/** What one event says of its job holds for the next; the same end twice is one event. */
async function postAndRepeat({ cloud }: Watched): Promise<void> {
  const [job, project] = [newId('job'), newId('p')];
  const first = await postOne(cloud, line(job, { project_id: project }));
  expect(logOf(await postOne(cloud, line(job)))).toBe(logOf(first));
  const end = await postOne(cloud, completed(job));
  expect(logOf(end)).toBe(logOf(first));
  expect(await postOne(cloud, completed(job))).toBe(end);
}

/** To refuse a signature takes a look at the secret. */
async function postUnsigned({ cloud }: Watched): Promise<void> {
  const answer = await postJob(cloud, line(newId('job')), { signature: 'sha256=wrong' });
  expect(answer.status).toBe(401);
}

/** A client that recovers joins, gets an event, leaves the room, and then for good. */
async function comeAndGo({ cloud }: Watched): Promise<void> {
  const [job, project] = [newId('job'), newId('p')];
  const wire = await WireSocket.connected(cloud, { recovery: true });
  expect(contentOf(await wire.join(cloud, `project_${project}`))).toMatchObject([{ ok: true }]);
  const id = await postOne(cloud, line(job, { project_id: project }));
  expect(contentOf(await wire.packet(/^42/))).toMatchObject(['log_line', { id }, expect.any(String)]);
  wire.send(`422["leave","project_${project}"]`);
  await wire.packet(/^432\[\{"ok":true/);
  wire.send('41');
  await wire.closed();
}

/** A packet that is none ends the socket. */
async function talkNonsense({ cloud }: Watched): Promise<void> {
  const wire = await WireSocket.connected(cloud);
  wire.send('42{}');
  await wire.closed();
}

/** A socket that vanished a minute ago is met by an event of its room, and cleared away with all that speaks of it. */
async function postToGhost({ cloud, table }: Watched): Promise<void> {
  const project = newId('p');
  const path = `${SOCKET_IO}&room=project_${project}`;
  const wire = await WireSocket.open(cloud, path);
  wire.send('40');
  await wire.packet(/^40\{/);
  const id = roomConnectionOf(cloud, `project_${project}`);
  const isSubscribed = async () => ((await table.traces(id)).includes('S') ? true : undefined);
  await until('the subscription', isSubscribed);
  cloud.twin.vanish(id);
  await wire.closed();
  await table.age(id, 60);
  await postOne(cloud, line(newId('job'), { project_id: project }));
  expect(await table.traces(id)).toEqual([]);
}

function roomConnectionOf(cloud: TwinCloud, room: string): string {
  const [id = '', ...others] = cloud.twin
    .connections()
    .flatMap(({ id, query }) => (query.room === room ? [id] : []));
  expect(others).toEqual([]);
  return id;
}

export const meshJobsActs: readonly Act[] = [
  postAndRepeat,
  postUnsigned,
  comeAndGo,
  talkNonsense,
  postToGhost,
];
