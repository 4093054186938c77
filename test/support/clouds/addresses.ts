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

/** The plain addresses of a stack: its WebSocket API has no paths, so the public path is a query parameter. */
export function plainAddresses(httpUrl: string, eventsUrl: string, sseUrl = ''): Addresses {
  return {
    httpUrl,
    socketUrl(path) {
      const [publicPath = '', query = ''] = path.split(/\?(.*)/s);
      const target = translatePublicPath(publicPath, true);
      if (target.api !== 'events') return `${httpUrl.replace(/^http/, 'ws')}${path}`;
      return `${eventsUrl}?path=${encodeURIComponent(target.query.path)}${query && `&${query}`}`;
    },
    streamUrl: (path) => `${sseUrl.replace(/\/$/, '')}${path}`,
  };
}
