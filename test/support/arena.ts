/** The arena in tests: a relay with a NATS server behind it, and engines on that server. */
import { type ConnectionOptions, credsAuthenticator } from '@nats-io/transport-node';
import { untilConnected } from './arena-clients.ts';
import { ArenaEngine } from './arena-engine.ts';
import { addStreams, type Stream, WHOLE_ARENA } from './arena-streams.ts';
import { type Cloud, startCloud } from './cloud.ts';
import type { CloudOptions } from './clouds/cloud.ts';
import { NatsServer, type NatsServerOptions, stall } from './nats-server.ts';
import { can } from './needs.ts';
import { until } from './until.ts';

export interface ArenaOptions extends CloudOptions {
  /** For clouds of `own-nats`. The relay gets the credentials that it asks for, unless `environment` has others. */
  readonly server?: NatsServerOptions;
  /** Streams that are there before the relay is. */
  readonly streams?: readonly Stream[];
  /** What an engine does before the relay starts. */
  readonly beforeRelay?: (engine: ArenaEngine) => Promise<void>;
  /** Whether the server is stopped while the relay starts. */
  readonly startsLater?: boolean;
  /** Whether it is awaited that the relay is connected. */
  readonly awaitsBridge?: boolean;
}

export interface Arena {
  readonly cloud: Cloud;
  readonly natsUrl: string;
  /** Where the tests start and stop it. */
  readonly server: NatsServer;
  /** An engine of the arena's; closed with it. */
  engine(): Promise<ArenaEngine>;
  /**
   * The bridges end at once, in the middle of what they do, and new ones begin; or so many of them, those first that have run longest.
   * There where the server is the tests'.
   */
  killBridge(count?: number): Promise<void>;
  /** The bridges stand still for so long, and go on. */
  stallBridge(ms: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * What is sent while a bridge without a stream is away is lost, and the contract says so. Where a platform kills it at any time,
 * there is a stream unless the test has its own.
 */
const usualStreams = (): readonly Stream[] => (can('sure-calls') ? [] : [WHOLE_ARENA]);

export async function startArena(options: ArenaOptions = {}): Promise<Arena> {
  const {
    server: serverOptions = {},
    streams,
    beforeRelay,
    startsLater,
    awaitsBridge = true,
    ...cloudOptions
  } = options;
  if (!can('own-nats')) return arenaOf(await startCloud(cloudOptions), undefined, {}, awaitsBridge);
  const wanted = streams ?? usualStreams();
  const jetStream = serverOptions.jetStream ?? wanted.length > 0;
  const server = await NatsServer.start({ ...serverOptions, jetStream });
  try {
    const engine = await ArenaEngine.connect(server.url, shownTo(serverOptions));
    await addStreams(engine.connection, wanted);
    await beforeRelay?.(engine);
    await engine.close();
    if (startsLater) await server.stop();
    const credentials = credentialsFor(serverOptions);
    const cloud = await startCloud({
      ...cloudOptions,
      context: { 'relay:natsUrl': server.url, ...cloudOptions.context },
      environment: { ...(credentials && { NATS_CREDENTIALS: credentials }), ...cloudOptions.environment },
    });
    return await arenaOf(cloud, server, shownTo(serverOptions), awaitsBridge);
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function arenaOf(
  cloud: Cloud,
  own: NatsServer | undefined,
  shown: ConnectionOptions,
  awaitsBridge: boolean,
): Promise<Arena> {
  const natsUrl = own?.url ?? cloud.natsUrl;
  if (natsUrl === undefined)
    throw new Error('this cloud has no NATS server; docs/clouds.md says how it gets one');
  const engines: ArenaEngine[] = [];
  const arena: Arena = {
    cloud,
    natsUrl,
    get server() {
      if (own) return own;
      throw new Error('the NATS server is not the test’s; the journey needs own-nats');
    },
    async engine() {
      const engine = await ArenaEngine.connect(natsUrl, shown);
      engines.push(engine);
      return engine;
    },
    killBridge: (count) => killBridge(cloud, count),
    stallBridge: (ms) => stall(cloud.twin?.containers().map(({ pid }) => pid) ?? [], ms),
    async close() {
      for (const engine of engines) await engine.close();
      await cloud.close();
      await own?.close();
    },
  };
  if (awaitsBridge) {
    await untilConnected(cloud, true).catch(async (error: unknown) => {
      await arena.close();
      throw error;
    });
  }
  return arena;
}

async function killBridge({ twin }: Cloud, count?: number): Promise<void> {
  if (!twin) throw new Error('the bridge is not the test’s to kill');
  const before = twin.containers();
  const killed = before.slice(0, count).map(({ pid }) => pid);
  for (const pid of killed) twin.killContainer(pid);
  await until('the next bridges', () => {
    const running = twin.containers().filter(({ pid }) => !killed.includes(pid));
    return running.length >= before.length ? true : undefined;
  });
}

/** What a client shows to a server of these options. */
function shownTo({ user, password, token, tls, trusts }: NatsServerOptions): ConnectionOptions {
  return {
    ...(user !== undefined && { user, pass: password ?? '' }),
    ...(token !== undefined && { token }),
    ...(trusts && { authenticator: credsAuthenticator(Buffer.from(trusts.creds)) }),
    ...(tls && { tls: { ca: tls.cert } }),
  };
}

/** The same as the relay's secret has it; undefined where it takes none. */
function credentialsFor({ user, password, token, tls, trusts }: NatsServerOptions): string | undefined {
  const credentials = { user, password, token, creds: trusts?.creds, ...(tls && { tls: { ca: tls.cert } }) };
  return [user, token, tls, trusts].every((part) => part === undefined)
    ? undefined
    : JSON.stringify(credentials);
}
