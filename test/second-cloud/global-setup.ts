/**
 * Starts MiniStack and a NATS server before the first step and ends them after the last one, and the bridge with them, whichever
 * way the run ends. On the NATS server a stream keeps the whole arena: the bridge does most where one is, and the journeys on the twin
 * look at it without one.
 */
import { rmSync } from 'node:fs';
import { connect } from '@nats-io/transport-node';
import { addStreams, WHOLE_ARENA } from '../support/arena-streams.ts';
import { NatsServer } from '../support/nats-server.ts';
import { killBridge, stopBridge } from './bridge.ts';
import { saveEndpoint, saveNatsUrl, secondCloudFolder } from './deployment.ts';
import { MiniStack } from './ministack.ts';

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

export default async function setup(): Promise<() => Promise<void>> {
  const folder = secondCloudFolder();
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.once(signal, () => process.exit(128 + number));
  }
  const ministack = await MiniStack.start(folder);
  await saveEndpoint(ministack.endpoint);
  const nats = await NatsServer.start({ jetStream: true });
  await addStream(nats.url);
  await saveNatsUrl(nats.url);
  // Before whatever clears its folder away.
  process.prependOnceListener('exit', killBridge);
  return async () => {
    await stopBridge();
    await nats.close();
    await ministack.stop();
  };
}

async function addStream(url: string): Promise<void> {
  const connection = await connect({ servers: url });
  await addStreams(connection, [WHOLE_ARENA]);
  await connection.close();
}
