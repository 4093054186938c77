/**
 * Server-sent events by `fetch` and not by `EventSource`: it sends a header and tells the status of a refusal, shows
 * ids that come without an event, and leaves the cursor to us. The cursor goes into the URL, since a header of that name would cost a
 * browser one more request (CORS preflight) each time.
 */

import { parseCursor } from './cursor.ts';
import { EventStreamParser, type Item } from './event-stream-parser.ts';
import { decodeFrame, type Frame } from './frames.ts';
import type { FetchLike, Link, LinkEvents } from './link.ts';
import type { Loss } from './state.ts';

function toFrame(item: Item): Frame {
  if (item === 'comment') return { kind: 'other' };
  if ('data' in item) return decodeFrame(item.data);
  const at = parseCursor(item.id);
  return at ? { kind: 'place', at } : { kind: 'malformed', text: item.id.slice(0, 200) };
}

function toRefusal(response: Response): Loss {
  const seconds = Number(response.headers.get('retry-after'));
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) * 1_000 : undefined;
  return { status: response.status, retryAfterMs, reason: `the stream was refused (${response.status})` };
}

async function read(response: Response, events: LinkEvents): Promise<Loss> {
  if (!response.ok) return toRefusal(response);
  const type = response.headers.get('content-type') ?? '';
  if (!response.body || !type.startsWith('text/event-stream')) {
    return { reason: `what answered is no event stream (${type || 'no content type'})` };
  }
  events.opened();
  const parser = new EventStreamParser();
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { clean: true, reason: 'the stream ended' };
    for (const item of parser.push(decoder.decode(value, { stream: true }))) events.frame(toFrame(item));
  }
}

export function openSse(
  fetch: FetchLike,
  url: string,
  headers: Record<string, string>,
  events: LinkEvents,
): Link {
  const abort = new AbortController();
  const { signal } = abort;
  fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal, cache: 'no-store' })
    .then((response) => read(response, events))
    .catch((error: unknown): Loss => ({ reason: `the stream broke (${String(error)})` }))
    .then((loss) => {
      events.lost(loss);
      // What was not read to its end (a refusal's body, too long an event) must not keep the connection.
      abort.abort();
    });
  return { send: () => undefined, close: () => abort.abort() };
}
