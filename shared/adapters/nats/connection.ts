/**
 * Connections to NATS. They are not mended by the client library but replaced by their users, who know what a break means to
 * them: each new one asks for the credentials again, and for the address of a server that may have moved.
 */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type Credentials, readCredentials } from './credentials.ts';
import { within } from './within.ts';

/** How long the servers have to take us, one after another; the least that one has, milliseconds. */
const CONNECT_MS = { all: 1_500, least: 300 };
/** How long the credentials may take to come, milliseconds. */
const SECRET_MS = 5_000;
/** A server that answers no ping for twice as long is gone, milliseconds. */
const PING_MS = 5_000;

export interface NatsSettings {
  /** `nats://host:port` or `tls://host:port`, with commas between them. */
  readonly url: string;
  /** The value of the secret; undefined where it has none. */
  readonly credentials: () => Promise<string | undefined>;
  /** How the servers see who connects. */
  readonly name: string;
}

/** Throws where none of the servers takes us. */
export async function openNats({ url, credentials, name }: NatsSettings): Promise<NatsConnection> {
  const servers = url.split(',').map((server) => server.trim());
  const text = await within(SECRET_MS, 'reading NATS_CREDENTIALS', credentials());
  const { authenticator, tls }: Credentials = readCredentials(text);
  const isTls = tls !== undefined || servers.some((server) => server.startsWith('tls://'));
  return connect({
    servers,
    name,
    reconnect: false,
    timeout: Math.max(CONNECT_MS.least, CONNECT_MS.all / servers.length),
    pingInterval: PING_MS,
    maxPingOut: 2,
    ...(authenticator && { authenticator }),
    ...(isTls && { tls: tls ?? {} }),
  });
}
