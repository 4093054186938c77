/** Who is around an arena: the clients of its sessions, the game master who sends commands, and whoever asks how it is. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { secondsFromNow, signBySecret } from './client-tokens.ts';
import type { Cloud } from './cloud.ts';
import { can } from './needs.ts';
import { type Frame, openAt, type SocketClient } from './socket-client.ts';
import { until } from './until.ts';
import { type Answer, send, sendRaw } from './webhook.ts';

/** How long a frame may take. Where the bridge dies at any call, each of its deaths takes the time of a lease. */
export const PATIENCE_MS = can('sure-calls') ? 60_000 : 150_000;

/** A session that no other test uses. */
export const newArena = (): string => `s-${randomUUID()}`;

/** What a client shows that may see every session, where sessions are guarded. */
async function watcherOf({ clientJwtSecret }: Cloud): Promise<Record<string, string>> {
  if (clientJwtSecret === undefined) return {};
  const token = await signBySecret(clientJwtSecret, { channels: ['arena:*'], exp: secondsFromNow(3_600) });
  return { authorization: `Bearer ${token}` };
}

/** Opens the event stream of a session. `query`: such as `?after=<id>`. */
export async function watch(
  cloud: Cloud,
  session: string,
  query = '',
  protocols: readonly string[] = [],
): Promise<SocketClient> {
  return openAt(cloud, `/ws/arena/${session}${query}`, await watcherOf(cloud), protocols);
}

/** Subject and data of the events that a client got, once there are so many. */
export async function seen(client: SocketClient, count: number): Promise<[unknown, unknown][]> {
  return (await client.frames(count, PATIENCE_MS)).map(({ subject, data }) => [subject, data]);
}

/** What a client got, without repeats of an id: a crash in the middle of a fan-out may repeat an event. */
export function onceEach({ received }: SocketClient): readonly Frame[] {
  return [...new Map(received.toReversed().map((frame) => [frame.id, frame])).values()].toReversed();
}

export const INIT = '/init_session';
export const NEWS = '/submit_news';
export const fakenewsPath = (session: string): string => `/arena/${session}/fakenews`;

/** Sends a command as the game master does, with the arena's token where it has one. */
export function command(
  cloud: Cloud,
  path: string,
  body: unknown,
  headers: Record<string, string> = masterOf(cloud),
): Promise<Answer> {
  return send(cloud, body, { path, token: null, headers });
}

export function masterOf({ arenaToken }: Cloud): Record<string, string> {
  return arenaToken === undefined ? {} : { authorization: `Bearer ${arenaToken}` };
}

/** A command that must be accepted. */
export async function commanded(cloud: Cloud, path: string, body: unknown, session: string): Promise<void> {
  const answer = await command(cloud, path, body);
  expect(answer.status, answer.text).toBe(202);
  expect(JSON.parse(answer.text)).toEqual({ ok: true, session_id: session });
}

type Asked = Pick<Cloud, 'httpUrl' | 'webhookToken' | 'retryPolicy'>;

/** What `/health` says of NATS. */
export async function isConnected(cloud: Asked, method: 'GET' | 'POST' = 'GET'): Promise<boolean> {
  const answer = await sendRaw(cloud, undefined, { path: '/health', method, token: null });
  expect(answer.status, answer.text).toBe(200);
  const { nats_connected: connected, ...rest } = JSON.parse(answer.text);
  expect(rest).toEqual({ status: 'ok', service: 'relay' });
  expect(connected).toBeTypeOf('boolean');
  return connected;
}

/** Waits until `/health` says this. */
export function untilConnected(cloud: Asked, connected: boolean): Promise<true> {
  return until(
    `nats_connected: ${connected}`,
    async () => ((await isConnected(cloud)) === connected ? true : undefined),
    PATIENCE_MS,
  );
}
