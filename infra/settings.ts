/**
 * What a deployer may change, in one place: `relay:*` in the context of `cdk.json`, or `-c relay:<name>=<value>`. All of
 * it is checked before anything is built, and a key that nobody reads is refused, so that a misspelt setting cannot
 * quietly mean "the default".
 *
 * Platform rule: `-c` gives strings, `cdk.json` gives JSON. Both are taken.
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import {
  type ChannelKind,
  channelKinds,
  type PeerTokenSettings,
  peerTokenAlgorithms,
  type RateSettings,
  type RetentionHours,
  type SurfaceName,
  surfaceNames,
} from '../shared/config.ts';
import { limits } from '../shared/core/limits.ts';

const prefix = 'relay:';

/** CloudWatch takes only these; the CDK's "infinite" is no value of CloudWatch's, but the absence of one. */
const logRetentionDays = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** A number, or its decimal digits: "48" yes; "", " ", true and [] no. */
const integer = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]);
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

const DEFAULT_HOURS = 24;
const hours = integer.pipe(z.int().min(3).max(8760));
const hoursByKind = z.strictObject(
  Object.fromEntries(channelKinds.map((kind) => [kind, hours.default(DEFAULT_HOURS)])) as Record<
    ChannelKind,
    z.ZodDefault<typeof hours>
  >,
);

function forAllKinds(value: number): RetentionHours {
  return Object.fromEntries(channelKinds.map((kind) => [kind, value])) as RetentionHours;
}

function parsedIfText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Platform rule: DynamoDB takes 1,000 writes a second of one item, and each hit is one. */
const MOST_PER_SECOND = 1_000;
const rate = z
  .strictObject({
    perSecond: z.number().positive().max(MOST_PER_SECOND),
    burst: z.int().min(1).max(100_000),
  })
  // A bucket that takes longer to fill is forgotten before it is full.
  .refine(({ perSecond, burst }) => burst / perSecond <= limits.rateRefillSeconds);
const RATE = `{"perSecond": …, "burst": …} with at most ${MOST_PER_SECOND} per second, the burst refilled within ${limits.rateRefillSeconds} s`;
/** Anybody can become a user of the hook backend; the others deal with those alone who have a secret, or a token. */
const DEFAULT_ADDRESS_RATES: RateSettings['address'] = {
  'live-events': null,
  'hook-backend': { perSecond: 200, burst: 400 },
  'mesh-jobs': null,
  'peer-relay': null,
  // As open as the routes that it replaces where the deployer leaves its token out.
  arena: null,
};
const addressRate = rate.nullable();
const addressRates = z.strictObject(
  Object.fromEntries(
    surfaceNames.map((surface) => [surface, addressRate.default(DEFAULT_ADDRESS_RATES[surface])]),
  ) as Record<SurfaceName, z.ZodDefault<typeof addressRate>>,
);
const peerTokens = z.strictObject({
  jwksUrl: z.string().refine(isSafeUrl).optional(),
  algorithms: z.array(z.enum(peerTokenAlgorithms)).min(1).optional(),
  audience: z.string().min(1).optional(),
  issuer: z.string().min(1).optional(),
  requireSession: z.boolean().default(false),
  distinctTokens: z.boolean().default(false),
});
const PEER_TOKENS =
  'an object of jwksUrl (an https URL), algorithms (HS256; with a jwksUrl, and then one of them at least, RS256, ES256, EdDSA), audience, issuer, ' +
  'requireSession and distinctTokens (true or false)';

/** With no published keys nothing but the shared secret can have signed a token. */
function withAlgorithms({ algorithms, ...rest }: z.output<typeof peerTokens>): PeerTokenSettings {
  const usual = rest.jwksUrl === undefined ? (['HS256'] as const) : peerTokenAlgorithms;
  return { ...rest, algorithms: algorithms ?? usual };
}

function areUsable({ algorithms, jwksUrl }: PeerTokenSettings): boolean {
  // Published keys sign by the other algorithms alone.
  return algorithms.some((name) => name !== 'HS256') === (jwksUrl !== undefined);
}

const peerLimits = z.strictObject({
  bytes: z.int().positive().optional(),
  seconds: z.int().positive().max(limits.connectionSeconds).optional(),
  // Platform rule: DynamoDB takes 1,000 writes a second of one item, and each frame is one.
  framesPerSecond: z.number().positive().max(MOST_PER_SECOND).optional(),
});

/** A list, or its items with commas between them, or its JSON text. */
function listed(value: unknown): unknown {
  const parsed = parsedIfText(value);
  if (typeof parsed !== 'string') return parsed;
  return parsed === '' ? [] : parsed.split(',').map((item) => item.trim());
}

/** As browsers write it in `Origin`: in lower case, without the scheme's own port, without a path. */
function isOrigin(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.[\]:_-]+$/.test(text) || !URL.canParse(text)) return false;
  const { protocol, host, origin } = new URL(text);
  // Of a scheme of an application's own the URL parser gives no origin.
  return text === (origin === 'null' ? `${protocol}//${host}` : origin);
}

/** Keys that come over an open line could be anybody's; this machine's own is none. */
function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
  );
}

/** Servers of NATS, in their order; without credentials, which are in a secret of their own. */
function areNatsServers(text: string): boolean {
  return text
    .split(',')
    .every((server) => /^(nats|tls):\/\/[A-Za-z0-9.[\]:_-]+$/.test(server) && URL.canParse(server));
}

/** A network of the deployer's own, told by its ids alone: nothing is looked up. Platform rule: Lambda takes 16 subnets and 5 groups. */
const natsVpc = z
  .strictObject({
    vpcId: z.string().regex(/^vpc-[0-9a-f]{8,17}$/),
    availabilityZones: z.array(z.string().regex(/^[a-z]{2}(-[a-z0-9]+)+$/)),
    subnetIds: z
      .array(z.string().regex(/^subnet-[0-9a-f]{8,17}$/))
      .min(1)
      .max(16),
    securityGroupIds: z
      .array(z.string().regex(/^sg-[0-9a-f]{8,17}$/))
      .min(1)
      .max(5),
  })
  .refine(({ availabilityZones, subnetIds }) => availabilityZones.length === subnetIds.length);
export type NatsVpcSettings = Readonly<z.output<typeof natsVpc>>;
const NATS_VPC =
  'an object of vpcId, subnetIds (1 to 16), availabilityZones (that of each subnet, in their order) and securityGroupIds (1 to 5)';

/** Each description ends the sentence "relay:<name> must be …". */
const schema = z.strictObject({
  /** How long events, and whatever a reconnect needs, are kept: of all channels, or by their kind. */
  retentionHours: z
    .union([hours.transform(forAllKinds), z.preprocess(parsedIfText, hoursByKind)])
    .default(forAllKinds(DEFAULT_HOURS))
    .describe(
      `a whole number of hours from 3 to 8760, or an object of such by kind of channel (${channelKinds.join(', ')})`,
    ),
  /** Whether anyone may open a stream. No bearer secret is made then. */
  openStreams: flag.default(false).describe('true or false'),
  /** How many streams of server-sent events run at once; each of them holds one of the account's Lambda environments. */
  sseStreams: integer
    .pipe(z.int().min(1).max(1_000))
    .default(100)
    .describe('a whole number of streams from 1 to 1000'),
  /** How often one token may be shown. */
  tokenRate: z.preprocess(parsedIfText, rate).default({ perSecond: 100, burst: 200 }).describe(RATE),
  /** How often one address may call, by surface: what is left out has its default, null is no rate. */
  addressRates: z
    .preprocess(parsedIfText, addressRates)
    .default(DEFAULT_ADDRESS_RATES)
    .describe(`an object by surface (${surfaceNames.join(', ')}) of null or ${RATE}`),
  /** Where the public keys of client tokens are published, if not all of them are signed with the shared secret. */
  clientJwksUrl: z
    .string()
    .refine(isSafeUrl)
    .optional()
    .describe('an https URL, or an http URL of this machine'),
  /** Where the NATS servers are; unset, the arena is without NATS. */
  natsUrl: z
    .string()
    .transform((text) => text.replaceAll(' ', ''))
    .refine(areNatsServers)
    .optional()
    .describe(
      'nats://host:port or tls://host:port, or several with commas between them, without credentials',
    ),
  /** Whether anybody may start a session of the arena and feed it. No secret `ARENA_TOKEN` is made then. */
  openArena: flag.default(false).describe('true or false'),
  /** Who runs the bridge between NATS and the relay: the stack, as a service on Fargate, or the deployer, near NATS. */
  natsBridge: z.enum(['fargate', 'elsewhere']).default('fargate').describe("'fargate' or 'elsewhere'"),
  /** The network in which NATS is reached, if it is not to be reached over the internet. */
  natsVpc: z.preprocess(parsedIfText, natsVpc).optional().describe(NATS_VPC),
  /** How long a session of peers may be quiet, or wait for its second peer. Platform rule: the gateway cuts a quiet socket at 600 s. */
  peerTimeoutSeconds: integer
    .pipe(z.int().min(1).max(599))
    .default(300)
    .describe('a whole number of seconds from 1 to 599'),
  /** Which tokens let a peer in. */
  peerTokens: z
    .preprocess(parsedIfText, peerTokens.transform(withAlgorithms).refine(areUsable))
    .prefault({})
    .describe(PEER_TOKENS),
  /** What one session of peers may use up. */
  peerLimits: z
    .preprocess(parsedIfText, peerLimits)
    .default({})
    .describe(
      `an object of numbers above 0: bytes (both ways together), seconds (at most ${limits.connectionSeconds}), ` +
        `framesPerSecond (in the mean, at most ${MOST_PER_SECOND})`,
    ),
  /** Whose pages may call the relay from a browser. Platform rule: Lambda takes 100 origins of 253 characters. */
  allowedOrigins: z
    .preprocess(
      listed,
      z.union([z.tuple([z.literal('*')]), z.array(z.string().max(253).refine(isOrigin)).max(100)]),
    )
    .default([])
    .describe('"*", or a list of at most 100 origins such as https://app.example or http://localhost:3000'),
  logRetentionDays: integer
    .refine((days): days is RetentionDays => logRetentionDays.includes(days))
    .default(RetentionDays.ONE_MONTH)
    .describe(`a number of days that CloudWatch Logs knows (${logRetentionDays.join(', ')})`),
  /** Stage of the WebSocket API: the path of its address. */
  stage: z
    .string()
    .regex(/^[a-z0-9]{1,16}$/)
    .default('live')
    .describe('1 to 16 lower-case letters and digits'),
  /** What becomes of the table, the secrets and the logs when the stack is deleted. */
  removalPolicy: z
    .enum(['retain', 'destroy'])
    .default('retain')
    .transform((policy) => (policy === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY))
    .describe("'retain' or 'destroy'"),
  /** Whom the alarms tell when they go off and when it is over: an SNS topic of the deployer's own. */
  alarmTopicArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/)
    .optional()
    .describe('the ARN of an SNS topic'),
  /** Where an AWS emulator serves @connections: `<base>/<apiId>/<stage>`. Never needed on AWS. */
  connectionsEndpoint: z
    .url({ protocol: /^https?$/ })
    .transform((base) => base.replace(/\/+$/, ''))
    .optional()
    .describe('an http or https URL'),
});

export type Settings = Readonly<z.output<typeof schema>>;

/** One line that names every setting that does not hold. */
export class SettingsError extends Error {}

export function readSettings(context: Readonly<Record<string, unknown>>): Settings {
  const given = Object.fromEntries(
    Object.entries(context)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
  const result = schema.safeParse(given);
  if (result.success) return withoutContradiction(result.data);
  const lines = new Set(result.error.issues.flatMap((issue) => explain(issue, given)));
  throw new SettingsError([...lines].join('; '));
}

function withoutContradiction(settings: Settings): Settings {
  if (settings.openStreams && settings.clientJwksUrl !== undefined) {
    throw new SettingsError(
      `${prefix}openStreams must be false where ${prefix}clientJwksUrl says who may open a stream`,
    );
  }
  return settings;
}

const descriptions = new Map<string, string | undefined>(
  Object.entries(schema.shape).map(([name, setting]) => [name, setting.description]),
);

function explain(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string[] {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    const known = [...descriptions.keys()].map((name) => prefix + name).join(', ');
    return issue.keys.map((name) => `${prefix}${name} is no setting (there are ${known})`);
  }
  const name = String(issue.path[0]);
  return [`${prefix}${name} must be ${descriptions.get(name)}, not ${JSON.stringify(given[name])}`];
}
