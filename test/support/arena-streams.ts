/** Streams of JetStream behind an arena. */
import { jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

export type Stream = Pick<StreamConfig, 'name' | 'subjects'>;

/** Keeps all that the relay hands on. */
export const WHOLE_ARENA: Stream = { name: 'ARENA', subjects: ['arena.*.>'] };

export async function addStreams(connection: NatsConnection, streams: readonly Stream[]): Promise<void> {
  if (streams.length === 0) return;
  const manager = await jetstreamManager(connection);
  for (const stream of streams) await manager.streams.add(stream);
}
