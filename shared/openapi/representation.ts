/** The two texts as they are served: with their headers, and with an entity tag so that a caller may keep them. */
import { createHash } from 'node:crypto';
import { renderPage } from './page.ts';
import { relayDocument } from './relay-document.ts';

export interface Representation {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The part of the headers that a 304 has as well. */
  readonly validators: Readonly<Record<string, string>>;
  /** Whether a caller with this `If-None-Match` has it already. */
  isHeldBy(ifNoneMatch: string | undefined): boolean;
}

/** By path. */
export function representations(): ReadonlyMap<string, Representation> {
  const document = relayDocument();
  const { html, policy } = renderPage(document);
  return new Map([
    ['/openapi.json', represent(JSON.stringify(document), { 'content-type': 'application/json' })],
    [
      '/docs',
      represent(html, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      }),
    ],
  ]);
}

function represent(body: string, headers: Readonly<Record<string, string>>): Representation {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const validators = { etag, 'cache-control': 'public, max-age=60' };
  return {
    body,
    headers: { ...headers, ...validators },
    validators,
    // RFC 9110, 13.1.2: a list, compared weakly, since whoever compresses the text on its way makes the tag a weak one.
    isHeldBy: (ifNoneMatch = '') =>
      ifNoneMatch.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, ''))),
  };
}
