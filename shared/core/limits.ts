/**
 * Every fixed number of the relay on one screen: the platform's ceilings (with the AWS page they come from) and
 * the contract's own sizes. What a deployer may change is not here but in `infra/settings.ts`.
 */
export const limits = {
  /** Longest run of a publishing function, seconds. API Gateway gives an HTTP API integration 30 s (http-api-quotas). */
  publishSeconds: 29,
  /** Longest run of a function that answers one of the hook backend's own requests, seconds. */
  apiSeconds: 15,
  /** Longest run of a `$connect` function, seconds. After that the connection exists or never will. */
  connectSeconds: 10,
  /** From a publish's beginning to its last post, milliseconds; the rest is for marking names done and answering. */
  fanOutMs: 22_000,
  /** How long a client has for what may have arrived, before it is closed for that, milliseconds. */
  settleMs: 500,
  /** Time after that in which sockets that missed an event are closed, milliseconds. */
  closeMs: 3_000,
  /** A WebSocket connection's life, seconds (apigateway-execution-service-websocket-limits-table). */
  connectionSeconds: 2 * 60 * 60,
  /** Largest event as a client sees it, UTF-8 bytes. API Gateway takes 128 KB a message. */
  eventBytes: 102_400,
  /** Largest POST body, bytes. */
  bodyBytes: 1_048_576,
  /** Most events in one POST. */
  eventsPerPost: 1_000,
  /** Most event bytes in one log item: DynamoDB ends an item at 400 KB, attribute names included (ServiceQuotas). */
  slotBytes: 300_000,
  /** Deepest nesting of a body; V8's own JSON.stringify gives up at a few thousand levels. */
  depth: 64,
  /** Longest name of an event (`event_id`, `Idempotency-Key`, `webhook-id`), code points. */
  nameLength: 1_024,
  /** How long a reader waits for a number before it records a void; how long a retry waits for the first attempt. */
  patienceMs: 2_000,
  /** Waits before the repeats of a post that met a 410 in a connection's first seconds, milliseconds. */
  youngRetryMs: [100, 300, 1_000],
  /** Most bytes of events in one `events` frame: messages are metered by 32 KB, and whether a longer post arrives is open. */
  batchBytes: 31_000,
  /** How often a client of `relay.v1` or socket.io hears from the relay, minutes; the contract says five at the most. */
  heartbeatMinutes: 4,
  /** What a client of socket.io is told of its pings, milliseconds: it gives up where none has come within both. */
  pingIntervalMs: 4 * 60_000,
  pingTimeoutMs: 5 * 60_000,
  /** Largest message of a client, bytes: the gateway closes a socket for a longer frame (websocket-api-limits). */
  messageBytes: 32_768,
  /** Most rooms that one socket is in; a client that recovers is told its place in all of them with every event. */
  roomsPerSocket: 100,
  /** Most rooms that one socket joins or leaves in its life: each wish is remembered, so that a later one goes before it. */
  roomsPerLife: 1_000,
  /** How long a join or a leave waits for the lease on its socket, milliseconds. */
  holdMs: 5_000,
  /** How long a join posts what was missed before it gives up for now, milliseconds. */
  joinMs: 10_000,
  /** How long a publish goes on feeding a socket with what others have for it meanwhile, milliseconds. */
  feedMs: 5_000,
  /** How long what comes live waits for a client to be given what it missed, milliseconds. */
  startingMs: 5_000,
  /** How often a start reads on until the head stands still, before it subscribes. */
  catchUps: 5,
  /** A connection whose start takes longer has got stuck, milliseconds. */
  startMs: 60_000,
  /** How often a client's token is asked after while it is being given what it missed, milliseconds. */
  entitledMs: 500,
  /** Connections posted to at one time by one fan-out. */
  fanOutWidth: 128,
  /** How long a stream of server-sent events runs before its client has to come back, milliseconds. */
  streamWindowMs: 60_000,
  /** Longest run of the function behind it, seconds: the window, a reader's patience, and a slow client's last frame. */
  streamSeconds: 75,
  /** How long a stream's place is held at the most, milliseconds: longer than its function can live. */
  streamLeaseMs: 80_000,
  /** Environments beyond the streams' own: they answer whoever comes when all places are taken. */
  streamSpares: 10,
  /** Waits between two looks at a channel's head, milliseconds. */
  streamPollMs: { shortest: 250, longest: 1_000 },
  /** A quiet stream says something this often, milliseconds; CloudFront gives up after 30 s without a byte. */
  streamCommentMs: 15_000,
  /** When the client shall come back, milliseconds. */
  streamRetryMs: 1_000,
  /** Longest time that a rate's bucket takes to fill, seconds: bounds a burst by its rate. */
  rateRefillSeconds: 3_600,
  /** Life of a session's token, seconds. */
  sessionSeconds: 365 * 86_400,
  /** Life of a hook token where its owner asks for none, and the longest that is given, seconds. */
  hookTokenSeconds: { usual: 30 * 86_400, longest: 365 * 86_400 },
  /** How long it is remembered that a token was revoked, seconds. */
  revokedSeconds: 3_600,
  /** Expired tokens that are cleared away when another is issued. */
  expiredCleared: 25,
  /** Most hook tokens that a user has at one time, those included that were revoked within the hour. */
  hookTokensPerUser: 1_000,
  /** How long a ticket waits to be used, seconds. */
  ticketSeconds: 30,
  /** How long a ticket stays good after its last stream has ended, milliseconds. */
  ticketGraceMs: 60_000,
  /** How long it is kept what a session of peers has used, days. */
  usageDays: 365,
  /** How long it is kept when the bridge from NATS may have missed something, days. */
  outageDays: 30,
  /** How long a function has for what it does on NATS, milliseconds. */
  natsMs: 2_000,
  /** How long it is kept whether the bridge has answered, milliseconds. */
  natsKnownMs: 1_000,
  /** How long it is kept what was done with a user's tokens, days. */
  auditDays: 365,
  /** How long it is remembered which project a job belongs to, days. */
  jobProjectDays: 30,
  /** Largest payload of a hook event, UTF-8 bytes. */
  payloadBytes: 65_536,
  /** Partitions that the connection items are spread over (one partition takes 1,000 writes a second). */
  connectionPartitions: 16,
} as const;
