/**
 * The relay in one stack: everything it needs to serve, at the plain API Gateway addresses. Read this file to learn
 * which function may do what; the constructs say how.
 *
 * Platform rule: the functions of the WebSocket API's own routes are made before it, those that post to its connections
 * after it; CloudFormation would refuse the circle.
 */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { env } from '../shared/config.ts';
import { limits } from '../shared/core/limits.ts';
import { Bundles, type FunctionName } from './bundles.ts';
import { HttpRelayApi } from './constructs/http-api.ts';
import { MinuteSchedule } from './constructs/minute-schedule.ts';
import { NatsBridge } from './constructs/nats-bridge.ts';
import { GivenNetwork } from './constructs/nats-network.ts';
import { Observability } from './constructs/observability.ts';
import { RelayFunction, type RelayFunctionProps } from './constructs/relay-function.ts';
import type { TableAction } from './constructs/relay-program.ts';
import { RelaySecrets } from './constructs/relay-secrets.ts';
import { RelayTable } from './constructs/relay-table.ts';
import { StreamUrl } from './constructs/stream-url.ts';
import { WebSocketRelayApi } from './constructs/websocket-api.ts';
import type { Settings } from './settings.ts';

export interface RelayStackProps {
  readonly settings: Settings;
  /** Folder of the functions' entry points. */
  readonly functions?: string;
}

export class RelayStack extends Stack {
  constructor(scope: Construct, id: string, { settings, functions }: RelayStackProps) {
    super(scope, id, {
      description:
        'A real-time relay: webhooks in, WebSocket and server-sent events out; frames between two peers.',
    });
    const bundles = new Bundles(functions);
    const make = (name: string, props: Omit<RelayFunctionProps, 'settings' | 'bundles'>) =>
      new RelayFunction(this, name, { settings, bundles, ...props });

    const table = new RelayTable(this, 'Table', settings);
    const secrets = new RelaySecrets(this, 'Secrets', settings);
    const hasNats = settings.natsUrl !== undefined;
    const network =
      hasNats && settings.natsVpc ? new GivenNetwork(this, 'NatsNetwork', settings.natsVpc) : undefined;

    const connect = make('EventsConnect', {
      name: 'events-connect',
      description: 'Lets a client open a stream, or refuses it.',
      timeoutSeconds: limits.connectSeconds,
    });
    const starter = make('EventsStart', {
      name: 'events-start',
      description: 'Tells a client that has just connected where it stands, and what it missed.',
      timeoutSeconds: 60,
    });
    starter.useTable(table, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query');
    connect.useFunction(starter, env.startFunction);
    connect.useTable(table, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem');
    connect.useRates();
    connect.useAllowedOrigins();
    if (settings.openStreams) connect.useOpenStreams();
    else {
      connect.useSecret(secrets, 'ACCEPT_CLIENT_BEARER');
      connect.useClientTokens(secrets);
    }

    const message = make('EventsMessage', {
      name: 'events-message',
      description: 'Takes what a client sends on a stream.',
      timeoutSeconds: limits.publishSeconds,
    });
    message.useTable(table, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query');
    // A socket.io client may show its token after the handshake.
    if (settings.openStreams) message.useOpenStreams();
    else message.useClientTokens(secrets);

    const disconnect = make('EventsDisconnect', {
      name: 'events-disconnect',
      description: 'Forgets a connection that has ended.',
      timeoutSeconds: 10,
    });
    disconnect.useTable(table, 'GetItem', 'DeleteItem', 'UpdateItem');

    const events = new WebSocketRelayApi(this, 'Events', {
      settings,
      name: 'events',
      description: 'Events out.',
      connect,
      message,
      disconnect,
    });

    for (const speaker of [starter, message]) speaker.useConnections(events, 'POST', 'DELETE');
    starter.useConnections(events, 'GET');

    const peerConnect = make('PeersConnect', {
      name: 'peers-connect',
      description: 'Lets a peer into its session, or refuses it.',
      timeoutSeconds: limits.connectSeconds,
    });
    peerConnect.usePeerTokens(secrets);
    peerConnect.useRates();
    peerConnect.useAllowedOrigins();
    const peerFrame = make('PeersFrame', {
      name: 'peers-frame',
      description: 'Takes a frame of one peer to the other.',
      timeoutSeconds: limits.publishSeconds,
    });
    const peerDisconnect = make('PeersDisconnect', {
      name: 'peers-disconnect',
      description: 'Ends the session of a peer that has left.',
      timeoutSeconds: 15,
    });
    const peers = new WebSocketRelayApi(this, 'Peers', {
      settings,
      name: 'peers',
      description: 'Frames between two peers.',
      connect: peerConnect,
      message: peerFrame,
      disconnect: peerDisconnect,
    });
    const peerMinute = make('PeersMinute', {
      name: 'peers-minute',
      description: 'Once a minute: ends sessions of peers that are due to end.',
      timeoutSeconds: 55,
    });
    for (const one of [peerConnect, peerFrame, peerDisconnect, peerMinute]) {
      one.useTable(table, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem');
      one.usePeerLimits();
      one.useConnections(peers, 'DELETE');
    }
    peerFrame.useConnections(peers, 'POST');
    for (const one of [peerConnect, peerMinute]) one.useConnections(peers, 'GET');
    peerMinute.useTable(table, 'Query');
    new MinuteSchedule(this, 'PeersMinuteSchedule', peerMinute, 2);

    const stream = make('EventsSse', {
      name: 'events-sse',
      description: 'Sends events as they come, as server-sent events.',
      timeoutSeconds: limits.streamSeconds,
      memoryMb: 256,
      reservedConcurrency: settings.sseStreams + limits.streamSpares,
    });
    stream.useTable(table, 'GetItem', 'Query', 'PutItem', 'UpdateItem');
    stream.usePlaces(settings.sseStreams);
    stream.useRates();
    if (settings.openStreams) stream.useOpenStreams();
    else {
      stream.useSecret(secrets, 'ACCEPT_CLIENT_BEARER');
      stream.useClientTokens(secrets);
    }
    const streamUrl = new StreamUrl(this, 'EventsSseUrl', stream, settings);

    const publisher = (id: string, name: FunctionName, description: string) => {
      const made = make(id, { name, description, timeoutSeconds: limits.publishSeconds, memoryMb: 1024 });
      made.useTable(table, 'UpdateItem', 'PutItem', 'GetItem', 'Query', 'DeleteItem');
      made.useConnections(events, 'POST', 'DELETE');
      made.useRates();
      return made;
    };
    const ingest = publisher(
      'IngestLiveEvents',
      'ingest-live-events',
      'Takes live events from a webhook, logs them and sends them to every stream.',
    );
    ingest.useSecret(secrets, 'RELAY_WEBHOOK_TOKEN');
    const ingestHooks = publisher(
      'IngestHookBackend',
      'ingest-hook-backend',
      'Takes an event of a user from a tool, logs it and sends it to every stream of that user.',
    );
    const ingestJobs = publisher(
      'IngestMeshJobs',
      'ingest-mesh-jobs',
      'Takes events of jobs from a signed webhook, logs them and sends them to every room.',
    );
    ingestJobs.useSecret(secrets, 'MODAL_WEBHOOK_SECRET');

    const ingestArena = publisher(
      'IngestArena',
      'ingest-arena',
      'Takes events of a session of the arena from a webhook, logs them and sends them to every stream of it.',
    );
    ingestArena.useSecret(secrets, 'RELAY_WEBHOOK_TOKEN');

    const arenaCommands = make('ArenaCommands', {
      name: 'arena-commands',
      description: 'Starts sessions of the arena and feeds them, over NATS.',
      timeoutSeconds: limits.apiSeconds,
      network,
    });
    // For rates alone; without one it asks the table for nothing.
    arenaCommands.useTable(
      table,
      ...(settings.addressRates.arena ? (['GetItem', 'UpdateItem'] as const) : []),
    );
    arenaCommands.useRates();
    if (settings.openArena) arenaCommands.useOpenArena();
    else arenaCommands.useSecret(secrets, 'ARENA_TOKEN');

    const api = (id: string, name: FunctionName, description: string, ...actions: readonly TableAction[]) => {
      const made = make(id, { name, description, timeoutSeconds: limits.apiSeconds });
      made.useTable(table, 'GetItem', 'UpdateItem', ...actions);
      made.useRates();
      return made;
    };
    const createUser = api('UsersCreate', 'users-create', 'Makes an anonymous user.', 'PutItem');
    const me = api('UsersMe', 'users-me', 'Says who the caller is.', 'Query');
    const issueToken = api(
      'TokensIssue',
      'tokens-issue',
      'Gives a user a hook token.',
      'PutItem',
      'Query',
      'DeleteItem',
    );
    const issueTicket = api('TicketsIssue', 'tickets-issue', 'Gives a browser a ticket.', 'PutItem');
    const revokeToken = api(
      'TokensRevoke',
      'tokens-revoke',
      'Takes a token back, and closes what it opened.',
      'PutItem',
      'Query',
      'DeleteItem',
    );
    revokeToken.useConnections(events, 'DELETE');

    const fallback = make('HttpDefault', {
      name: 'http-default',
      description: 'Answers every request that has no route: 404 or 405.',
      timeoutSeconds: 5,
      memoryMb: 256,
    });
    fallback.useAllowedOrigins();
    const health = make('HttpHealth', {
      name: 'http-health',
      description: 'Says that the relay answers, and whether NATS does.',
      timeoutSeconds: 5,
      memoryMb: 256,
      network,
    });
    for (const speaker of [arenaCommands, health]) speaker.useNats(secrets, table);
    const docs = make('HttpDocs', {
      name: 'http-docs',
      description: 'Serves the OpenAPI document and the page made of it.',
      timeoutSeconds: 5,
      memoryMb: 256,
    });
    const http = new HttpRelayApi(this, 'Http', {
      settings,
      functions: {
        'ingest-live-events': ingest,
        'ingest-hook-backend': ingestHooks,
        'ingest-mesh-jobs': ingestJobs,
        'ingest-arena': ingestArena,
        'arena-commands': arenaCommands,
        'users-create': createUser,
        'users-me': me,
        'tokens-issue': issueToken,
        'tokens-revoke': revokeToken,
        'tickets-issue': issueTicket,
        'http-docs': docs,
        'http-health': health,
      },
      fallback,
    });

    const minute = make('Minute', {
      name: 'minute',
      description: 'Once a minute: removes connections that are gone, ends those that must go.',
      timeoutSeconds: 55,
    });
    minute.useTable(table, 'Query', 'GetItem', 'PutItem', 'DeleteItem', 'UpdateItem');
    minute.useConnections(events, 'GET', 'POST', 'DELETE');
    new MinuteSchedule(this, 'MinuteSchedule', minute, 4);
    bundles.remove();

    const bridge =
      hasNats && settings.natsBridge === 'fargate'
        ? new NatsBridge(this, 'NatsBridge', { settings, network })
        : undefined;
    bridge?.useTable(table, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query');
    bridge?.useConnections(events, 'POST', 'DELETE');
    bridge?.useNats(secrets, table);

    new Observability(this, 'Observability', {
      settings,
      functions: this.node.findAll().filter((construct) => construct instanceof RelayFunction),
      http,
      webSockets: [events, peers],
      table,
      bridge,
    });

    this.#output('HttpUrl', http.api.apiEndpoint);
    this.#output('EventsUrl', events.stage.url);
    this.#output('PeersUrl', peers.stage.url);
    this.#output('SseUrl', streamUrl.url);
    // An emulator's addresses are made of these.
    this.#output('HttpApiId', http.api.apiId);
    this.#output('EventsApiId', events.api.apiId);
    this.#output('PeersApiId', peers.api.apiId);
    this.#output('EventsStage', events.stage.stageName);
    this.#output('TableName', table.tableName);
    this.#output('RelayWebhookTokenSecret', secrets.arn('RELAY_WEBHOOK_TOKEN'));
    this.#output('ModalWebhookSecret', secrets.arn('MODAL_WEBHOOK_SECRET'));
    this.#output('PeerTokenSecret', secrets.arn('SECRET_KEY'));
    if (!settings.openArena) this.#output('ArenaTokenSecret', secrets.arn('ARENA_TOKEN'));
    if (settings.natsUrl !== undefined)
      this.#output('NatsCredentialsSecret', secrets.arn('NATS_CREDENTIALS'));
    if (!settings.openStreams) {
      this.#output('AcceptClientBearerSecret', secrets.arn('ACCEPT_CLIENT_BEARER'));
      this.#output('ClientJwtSecret', secrets.arn('CLIENT_JWT_SECRET'));
    }
  }

  #output(name: string, value: string): void {
    new CfnOutput(this, name, { value });
  }
}
