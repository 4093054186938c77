/**
 * Connections to NATS. They are not mended by the client library but replaced by their users, who know what a break means to
 * them: each new one asks for the credentials again, and for the address of a server that may have moved.
 */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type Credentials, readCredentials } from './credentials.ts';

/** How long a server has to take us, milliseconds. */
const CONNECT_MS = 1_500;
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
  const { authenticator, tls }: Credentials = readCredentials(await credentials());
  const isTls = tls !== undefined || servers.some((server) => server.startsWith('tls://'));
  return connect({
    servers,
    name,
    reconnect: false,
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    maxPingOut: 2,
    ...(authenticator && { authenticator }),
    ...(isTls && { tls: tls ?? {} }),
  });
}
