/**
 * Public path -> API. One host name serves every contract path, but an API Gateway WebSocket API has no paths: a
 * handshake with anything after the stage is refused with 403. So a WebSocket path travels as a query parameter.
 *
 * The CDN's edge function and the local twin both use this. It is kept to what CloudFront Functions run: no imports,
 * no URL, no optional chaining, nothing but string functions.
 */
/** `sse` is the function URL that streams; it keeps the path. */
export type PublicTarget =
  | { api: 'http' }
  | { api: 'sse' }
  | { api: 'events' | 'peers'; query: { path: string } };

/** `isUpgrade`: the request asks for a WebSocket. At the paths of live events and of hooks it makes no difference. */
export function translatePublicPath(path: string, isUpgrade: boolean): PublicTarget {
  if (path === '/stream' || path === '/api/rt') return { api: 'events', query: { path: path } };
  if (path === '/stream/sse' || path === '/api/sse') return { api: 'sse' };
  if (isUpgrade && isSocketIoPath(path)) return { api: 'events', query: { path: path } };
  if (isUpgrade && path.indexOf('/ws/arena/') === 0) return { api: 'events', query: { path: path } };
  if (isUpgrade && path.indexOf('/relay/') === 0) return { api: 'peers', query: { path: path } };
  return { api: 'http' };
}

/** Here clients ask for a WebSocket, or by plain requests for long-polling, which the HTTP API refuses in their own terms. */
export function isSocketIoPath(path: string): boolean {
  return path === '/socket.io/' || path === '/socket.io';
}
