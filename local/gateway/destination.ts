/**
 * Which API or function URL a URL on the public port means, and the URL within it. Pure, with the path translation as an
 * argument.
 */

export interface Destination {
  /** Of an API, or of a function URL. */
  apiId: string;
  /** Path and query as that one sees them; for a WebSocket API the path is `/<stage>`, or `/` for its only stage. */
  url: string;
}

export type TranslatePath = (
  path: string,
  isUpgrade: boolean,
) => { api: string; query?: Record<string, string> };

const PLAIN_FORM = /^\/_aws\/(?:execute-api|lambda-url)\/([^/?]+)([^?]*)(?:\?(.*))?$/s;

export function findDestination(
  url: string,
  isUpgrade: boolean,
  translate: TranslatePath,
  outputs: Record<string, string>,
): Destination {
  const [isPlain, apiId = '', path = '', query] = PLAIN_FORM.exec(url) ?? [];
  if (isPlain) return { apiId, url: `${path || '/'}${query === undefined ? '' : `?${query}`}` };
  const [publicPath = '/', ...rest] = url.split('?');
  const target = translate(publicPath, isUpgrade);
  const id = idOf(target.api, outputs);
  if (!target.query) return { apiId: id, url };
  return { apiId: id, url: `/?${addParameters(rest.join('?'), target.query)}` };
}

/** The stack's outputs tell the id of an API (`events`: `EventsApiId`) and the address of a function URL (`sse`: `SseUrl`). */
function idOf(api: string, outputs: Record<string, string>): string {
  const name = `${api.slice(0, 1).toUpperCase()}${api.slice(1)}`;
  const [, urlId] = /^https:\/\/([^.]+)\.lambda-url\./.exec(outputs[`${name}Url`] ?? '') ?? [];
  return outputs[`${name}ApiId`] ?? urlId ?? '';
}

/** What the translation sets comes first, and a client cannot say it in its place. */
function addParameters(query: string, added: Record<string, string>): string {
  const own = query.split('&').filter((pair) => pair !== '' && !Object.hasOwn(added, decodeName(pair)));
  const set = Object.entries(added).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return [...set, ...own].join('&');
}

function decodeName(pair: string): string {
  const [name = ''] = [...new URLSearchParams(pair).keys()];
  return name;
}
