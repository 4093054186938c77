/**
 * The functions' settings: the only list of environment names. The stack writes them, the functions read them once,
 * at cold start, so that a bad deployment fails at once and says which names are missing.
 */
export const env = {
  table: 'RELAY_TABLE',
  retentionHours: 'RETENTION_HOURS',
  connectionsEndpoint: 'CONNECTIONS_ENDPOINT',
  startFunction: 'START_FUNCTION',
  openStreams: 'OPEN_STREAMS',
  sseStreams: 'SSE_STREAMS',
  /** JSON of `RateSettings`. */
  rates: 'RATES',
  allowedOrigins: 'ALLOWED_ORIGINS',
  /** How long a session of peers may be quiet, seconds. */
  peerTimeout: 'SESSION_TIMEOUT',
  /** JSON of `PeerTokenSettings`. */
  peerTokens: 'PEER_TOKENS',
  /** JSON of `PeerLimits`. */
  peerLimits: 'PEER_LIMITS',
  /** Where the public keys of client tokens are published. */
  clientJwksUrl: 'CLIENT_JWKS_URL',
  /** Servers of NATS, with commas between them. */
  natsUrl: 'NATS_URL',
  /** Anybody may publish to NATS through the arena's routes, as the deployer asked for. */
  openArena: 'OPEN_ARENA',
  /** Set by the local twin alone. */
  local: 'RELAY_LOCAL',
  /** The variable that holds the ARN of a contract secret. */
  secret: (variable: SecretVariable): string => `${variable}_SECRET`,
} as const;

/** What channels are named by: the part of their name before the colon. Events are kept for a time of each kind's own. */
export const channelKinds = ['tenant', 'user', 'project', 'batch', 'job', 'arena'] as const;

export type ChannelKind = (typeof channelKinds)[number];

export type RetentionHours = Readonly<Record<ChannelKind, number>>;

/** The products. A name is the dimension `surface` of metrics, and in settings and log lines what speaks of that one. */
export const surfaceNames = ['live-events', 'hook-backend', 'mesh-jobs', 'peer-relay', 'arena'] as const;

export type SurfaceName = (typeof surfaceNames)[number];

/** Those that publish events. */
export const publishingSurfaces = [
  'live-events',
  'hook-backend',
  'mesh-jobs',
  'arena',
] as const satisfies SurfaceName[];

export interface Rate {
  readonly perSecond: number;
  /** How many may come at once after a pause. */
  readonly burst: number;
}

/** How often callers may call: a token, and an address by surface; null where it is held to no rate. */
export interface RateSettings {
  readonly token: Rate;
  readonly address: Readonly<Record<SurfaceName, Rate | null>>;
}

/** The contracts' secrets, by the names that their source documents use. */
export type SecretVariable =
  | 'RELAY_WEBHOOK_TOKEN'
  | 'ACCEPT_CLIENT_BEARER'
  | 'CLIENT_JWT_SECRET'
  | 'MODAL_WEBHOOK_SECRET'
  | 'SECRET_KEY'
  | 'ARENA_TOKEN'
  | 'NATS_CREDENTIALS';

/** Which tokens of peers open what. */
export interface PeerTokenSettings {
  /** Where the signaling server's public keys are published, if not all of its tokens are signed with the shared secret. */
  readonly jwksUrl?: string | undefined;
  readonly algorithms: readonly PeerTokenAlgorithm[];
  readonly audience?: string | undefined;
  readonly issuer?: string | undefined;
  /** A token has to name its session. */
  readonly requireSession: boolean;
  /** The two peers of a session have to come with different tokens. */
  readonly distinctTokens: boolean;
}

export const peerTokenAlgorithms = ['HS256', 'RS256', 'ES256', 'EdDSA'] as const;

export type PeerTokenAlgorithm = (typeof peerTokenAlgorithms)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads required names; throws one error that lists every missing one. */
export function required<Name extends string>(
  environment: Environment,
  names: readonly Name[],
): Record<Name, string> {
  const missing = names.filter((name) => !environment[name]);
  if (missing.length > 0) throw new Error(`missing environment: ${missing.join(', ')}`);
  return Object.fromEntries(names.map((name) => [name, environment[name]])) as Record<Name, string>;
}
