/** What the steps of one run tell each other, in a folder that is theirs: where MiniStack is, and what was deployed. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlainUrls } from '../support/clouds/addresses.ts';

/** Put into the deployed stack's secrets, so that the journeys know them. */
export const SECRETS = {
  RELAY_WEBHOOK_TOKEN: 'dev-secret',
  MODAL_WEBHOOK_SECRET: 'modal-secret',
  ACCEPT_CLIENT_BEARER: 'desktop-token',
  SECRET_KEY: 'peer-secret-of-the-second-cloud-0001',
  ARENA_TOKEN: 'arena-token-of-the-second-cloud',
  CLIENT_JWT_SECRET: 'the-secret-of-the-second-cloud-client-tokens',
} as const;

export const REGION = 'us-east-1';

export interface Deployment {
  readonly urls: PlainUrls;
  readonly webhookToken: string;
  readonly modalSecret: string;
  readonly peerSecret: string;
  readonly arenaToken: string;
  readonly natsUrl: string;
  readonly clientBearer: string;
  readonly clientJwtSecret: string;
}

/** The stack's outputs, by name. */
export interface Outputs {
  readonly HttpApiId: string;
  readonly EventsApiId: string;
  readonly PeersApiId: string;
  /** Of both WebSocket APIs. */
  readonly EventsStage: string;
  readonly TableName: string;
  readonly RelayWebhookTokenSecret: string;
  readonly ModalWebhookSecret: string;
  readonly PeerTokenSecret: string;
  readonly ArenaTokenSecret: string;
  readonly NatsCredentialsSecret: string;
  readonly AcceptClientBearerSecret: string;
  readonly ClientJwtSecret: string;
}

export function secondCloudFolder(): string {
  const { RELAY_SECOND_CLOUD } = process.env;
  if (!RELAY_SECOND_CLOUD)
    throw new Error('the cloud ministack is there in `npm run test:second-cloud` alone');
  return RELAY_SECOND_CLOUD;
}

const inFolder = (name: string): string => join(secondCloudFolder(), name);

/** Where `cdk deploy` writes the outputs. */
export const outputsFile = (): string => inFolder('outputs.json');

export const saveEndpoint = (endpoint: string): Promise<void> => writeFile(inFolder('endpoint'), endpoint);

export const readEndpoint = (): string => readFileSync(inFolder('endpoint'), 'utf8');

export const saveNatsUrl = (url: string): Promise<void> => writeFile(inFolder('nats-url'), url);

/** The NATS server of the run. */
export const readNatsUrl = (): string => readFileSync(inFolder('nats-url'), 'utf8');

/** Where MiniStack serves the APIs: below one address, by their ids. */
export const apisUrl = (): string => `${readEndpoint()}/_aws/execute-api`;

export function readOutputs(): Outputs {
  const { Relay }: { Relay: Outputs } = JSON.parse(readFileSync(outputsFile(), 'utf8'));
  return Relay;
}

export function readDeployment(): Deployment {
  const { HttpApiId, EventsApiId, PeersApiId, EventsStage } = readOutputs();
  const socketUrl = (api: string) => `${apisUrl().replace(/^http/, 'ws')}/${api}/${EventsStage}`;
  return {
    urls: {
      http: `${apisUrl()}/${HttpApiId}/$default`,
      events: socketUrl(EventsApiId),
      peers: socketUrl(PeersApiId),
    },
    webhookToken: SECRETS.RELAY_WEBHOOK_TOKEN,
    modalSecret: SECRETS.MODAL_WEBHOOK_SECRET,
    peerSecret: SECRETS.SECRET_KEY,
    arenaToken: SECRETS.ARENA_TOKEN,
    natsUrl: readNatsUrl(),
    clientBearer: SECRETS.ACCEPT_CLIENT_BEARER,
    clientJwtSecret: SECRETS.CLIENT_JWT_SECRET,
  };
}
