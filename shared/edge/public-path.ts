/**
 * Public path -> API. One host name serves every contract path, but an API Gateway WebSocket API has no paths: a
 * handshake with anything after the stage is refused with 403. So a WebSocket path travels as a query parameter.
 *
 * The CDN's edge function and the local twin both use this. It is kept to what CloudFront Functions run: no imports,
 * no URL, no optional chaining, nothing but string functions.
 */
/** `sse` is the function URL that streams; it keeps the path. */
export type PublicTarget = { api: 'http' } | { api: 'sse' } | { api: 'events'; query: { path: string } };

export function translatePublicPath(path: string): PublicTarget {
  if (path === '/stream' || path === '/api/rt') return { api: 'events', query: { path: path } };
  if (path === '/stream/sse' || path === '/api/sse') return { api: 'sse' };
  return { api: 'http' };
}
