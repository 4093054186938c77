/** All that the entries about the arena compare: a twin on core NATS, one on a stream, and a subscriber that is on NATS itself. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

import { openDirect, openSockets, type Stage } from './arena.ts';
import { type Child, type CpuSpent, startChild } from './child.ts';
import { type NatsServer, startNatsServer } from './nats-server.ts';

/** What the twin has spent, without its bridge, and the AWS calls that the bridge has made, by operation. */
export interface Spent extends CpuSpent {
  readonly calls: Readonly<Record<string, number>>;
}

export interface Relay {
  readonly name: string;
  readonly stage: Stage;
  /** Process id. */
  readonly bridge: number;
  spent(): Promise<Spent>;
}

export interface Relays {
  readonly relays: readonly Relay[];
  readonly direct: Stage;
  close(): Promise<void>;
}

interface Running {
  readonly server: NatsServer;
  readonly child: Child;
  readonly relay: Relay;
}

async function open(name: string, jetStream: boolean, sessions: number): Promise<Running> {
  const server = await startNatsServer(jetStream);
  if (jetStream) await addStream(server.url);
  const child = await startChild('arena', [server.url]);
  const { url, bridge } = child.hello as { url: string; bridge: number };
  const stage = await openSockets(url, server.url, sessions);
  const spent = async (): Promise<Spent> => (await child.ask('spent')) as Spent;
  return { server, child, relay: { name, stage, bridge, spent } };
}

async function addStream(natsUrl: string): Promise<void> {
  const connection = await connect({ servers: natsUrl });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'ARENA', subjects: ['arena.>'] });
  await connection.close();
}

/** `sessions`: how many each of them has an ear for. */
export async function openRelays(sessions: number): Promise<Relays> {
  const core = await open('core NATS', false, sessions);
  const stream = await open('JetStream', true, sessions);
  const direct = await openDirect(core.server.url, sessions);
  return {
    relays: [core.relay, stream.relay],
    direct,
    async close() {
      await direct.close();
      for (const { relay, child, server } of [core, stream]) {
        await relay.stage.close();
        await child.end();
        await server.close();
      }
    },
  };
}
