/** Where a relay is reached: at one public host, or at the plain addresses of its APIs and of its function URL. */
import { translatePublicPath } from '../../../shared/edge/public-path.ts';
import type { Cloud } from './cloud.ts';

type Addresses = Pick<Cloud, 'httpUrl' | 'socketUrl' | 'streamUrl'>;

/** The public addresses of a relay at this URL: the twin, or a stage behind its CDN. */
export function addresses(httpUrl: string): Addresses {
  return {
    httpUrl,
    socketUrl: (path) => `${httpUrl.replace(/^http/, 'ws')}${path}`,
    streamUrl: (path) => `${httpUrl}${path}`,
  };
}

export interface PlainUrls {
  readonly http: string;
  readonly events: string;
  readonly peers: string;
  readonly sse?: string | undefined;
}

/** The plain addresses of a stack: its WebSocket APIs have no paths, so the public path is a query parameter. */
export function plainAddresses({ http, events, peers, sse = '' }: PlainUrls): Addresses {
  return {
    httpUrl: http,
    socketUrl(path) {
      const [publicPath = '', query = ''] = path.split(/\?(.*)/s);
      const target = translatePublicPath(publicPath, true);
      if (!('query' in target)) return `${http.replace(/^http/, 'ws')}${path}`;
      const url = target.api === 'peers' ? peers : events;
      return `${url}?path=${encodeURIComponent(target.query.path)}${query && `&${query}`}`;
    },
    streamUrl: (path) => `${sse.replace(/\/$/, '')}${path}`,
  };
}
