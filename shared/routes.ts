/**
 * The one route table. The stack makes its routes from it, the `$default` function its 404 and 405.
 * WebSocket paths are public paths: the gateway itself has none, so they arrive as the query parameter `path`.
 */
export const httpRoutes = [
  { method: 'POST', path: '/webhook/modal', function: 'ingest-live-events' },
  { method: 'POST', path: '/api/user', function: 'users-create' },
  { method: 'GET', path: '/api/me', function: 'users-me' },
  { method: 'POST', path: '/api/token', function: 'tokens-issue' },
  { method: 'POST', path: '/api/token/revoke', function: 'tokens-revoke' },
  { method: 'POST', path: '/api/ticket', function: 'tickets-issue' },
  { method: 'POST', path: '/api/webhook/cli', function: 'ingest-hook-backend' },
  { method: 'POST', path: '/api/webhooks/modal', function: 'ingest-mesh-jobs' },
  { method: 'POST', path: '/init_session', function: 'arena-commands' },
  { method: 'POST', path: '/submit_news', function: 'arena-commands' },
  { method: 'POST', path: '/arena/{session_id}/fakenews', function: 'arena-commands' },
  { method: 'POST', path: '/arena/{session_id}/events', function: 'ingest-arena' },
  { method: 'GET', path: '/health', function: 'http-health' },
  { method: 'POST', path: '/health', function: 'http-health' },
  { method: 'GET', path: '/openapi.json', function: 'http-docs' },
  { method: 'GET', path: '/docs', function: 'http-docs' },
] as const satisfies readonly HttpRoute[];

export interface HttpRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** File name under `functions/`. */
  readonly function: string;
}
