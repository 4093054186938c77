/**
 * The @connections management API, over kept connections of our own. Its statuses become the answers that the engine knows; the
 * engine decides when to repeat, since it alone knows how old a connection is and how much time there is.
 *
 * Statuses (model of @aws-sdk/client-apigatewaymanagementapi): 410 gone, 429 the rate or the client's full buffer.
 */
import { limits } from '../../core/limits.ts';
import type { PostResult, Sockets } from '../../core/ports.ts';
import { makeHttpPool } from './http-pool.ts';
import { type Credentials, makeSigner, type Unsigned } from './signature.ts';

/** A call that hangs longer than this has failed; the gateway answers in milliseconds. */
const CALL_MS = 5_000;
/** How long a connection to the gateway is used again after its last call; what the gateway closes, and when, is not documented. */
const IDLE_MS = 15_000;

export interface GatewaySettings {
  /** `https://<api>.execute-api.<region>.amazonaws.com/<stage>`; never derived from an event's domain name. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: () => Credentials;
  readonly now: () => number;
  /** Told of every answer that is neither success, 410 nor 429. */
  readonly report: (method: string, status: number | undefined, error?: unknown) => void;
}

export function makeGatewaySockets(settings: GatewaySettings): Sockets {
  const { protocol, hostname, port, host, pathname } = new URL(settings.endpoint);
  const isTls = protocol === 'https:';
  const send = makeHttpPool({
    isTls,
    // An address of IPv6 stands in brackets in a URL, and without them everywhere else.
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (isTls ? 443 : 80)),
    width: limits.fanOutWidth,
    silenceMs: CALL_MS,
    idleMs: IDLE_MS,
    now: settings.now,
  });
  const sign = makeSigner(settings.region);

  const call = (method: Unsigned['method'], connection: string, body: string): Promise<number> => {
    const path = `${pathname}/@connections/${encodeURIComponent(connection)}`;
    const headers = sign({ method, host, path, body }, settings.credentials(), settings.now());
    let message = `${method} ${path} HTTP/1.1\r\n`;
    for (const name in headers) message += `${name}: ${headers[name]}\r\n`;
    return send(`${message}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };

  const result = async (
    method: Unsigned['method'],
    connection: string,
    body: string,
  ): Promise<PostResult> => {
    try {
      const status = await call(method, connection, body);
      if (status >= 200 && status < 300) return 'sent';
      if (status === 410) return 'gone';
      if (status === 429) return 'busy';
      settings.report(method, status);
      // 413: the frame; 403: the id, the endpoint or the permission. A repeat would meet the same.
      if (status === 403 || status === 413) return 'refused';
    } catch (error) {
      settings.report(method, undefined, error);
    }
    return 'failed';
  };

  return {
    post: (connection, frame) => result('POST', connection, frame),
    async isOpen(connection) {
      const answer = await result('GET', connection, '');
      if (answer === 'sent') return 'open';
      return answer === 'gone' ? 'gone' : 'unknown';
    },
    async close(connection) {
      const answer = await result('DELETE', connection, '');
      if (answer === 'sent') return 'closed';
      return answer === 'busy' ? 'failed' : answer;
    },
  };
}
