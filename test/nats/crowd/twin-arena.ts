/** A twin with a NATS server of its own, whose bridges a test may kill. */
import { jetstreamManager } from '@nats-io/jetstream';
import { untilConnected } from '../../support/arena-clients.ts';
import { ArenaEngine } from '../../support/arena-engine.ts';
import { startTwinCloud, type TwinCloud, type TwinCloudOptions } from '../../support/cloud.ts';
import { NatsServer } from '../../support/nats-server.ts';

export interface TwinArena {
  readonly cloud: TwinCloud;
  readonly server: NatsServer;
  readonly way: Way;
  close(): Promise<void>;
}

export type Way = 'core NATS' | 'JetStream';

/** The stream, where there is one. */
export const STREAM = 'ARENA';

/** `way`: whether a stream keeps what is published. Resolves when a bridge works. */
export async function startTwinArena(way: Way, options: TwinCloudOptions = {}): Promise<TwinArena> {
  const server = await NatsServer.start({ jetStream: way === 'JetStream' });
  const opened: { close(): Promise<void> }[] = [server];
  const close = async (): Promise<void> => {
    for (const each of opened.toReversed()) await each.close();
  };
  try {
    if (way === 'JetStream') await addStream(server.url);
    const cloud = await startTwinCloud({ ...options, context: { 'relay:natsUrl': server.url } });
    opened.push(cloud);
    await untilConnected(cloud, true);
    return { cloud, server, way, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function addStream(url: string): Promise<void> {
  const engine = await ArenaEngine.connect(url);
  const manager = await jetstreamManager(engine.connection);
  await manager.streams.add({ name: STREAM, subjects: ['arena.*.>'] });
  await engine.close();
}
