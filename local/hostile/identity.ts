/**
 * What an invocation is, told by what was asked and not by when: the same request gets the same name in each run, whatever ids,
 * ports and times the platform has put into its event. Faults are drawn by these names.
 */

import { isObject, type JsonObject } from '../json.ts';

/** `nameOf` gives the name under which a connection was first seen. */
export function identify(event: unknown, nameOf: (connectionId: string) => string): string {
  const context = isObject(event) && isObject(event.requestContext) ? event.requestContext : undefined;
  if (!isObject(event) || !context) return JSON.stringify(event) ?? 'null';
  if (isObject(context.http)) return identifyRequest(event, context);
  return [context.eventType, nameOf(String(context.connectionId)), event.body ?? ''].join(' ');
}

/** Headers by which a sender names what it sends. */
const NAMING_HEADERS = ['idempotency-key', 'webhook-id', 'last-event-id'];

function identifyRequest(event: JsonObject, context: JsonObject): string {
  const headers = isObject(event.headers) ? event.headers : {};
  const names = NAMING_HEADERS.map((name) => headers[name] ?? '');
  return [context.routeKey, event.rawPath, event.rawQueryString, ...names, event.body ?? ''].join(' ');
}

/** A connection is named by what its handshake asked for. */
export function identifyHandshake(event: unknown): { connectionId: string; asked: string } | undefined {
  if (!isObject(event) || !isObject(event.requestContext)) return undefined;
  const { eventType, connectionId } = event.requestContext;
  if (eventType !== 'CONNECT') return undefined;
  return {
    connectionId: String(connectionId),
    asked: JSON.stringify(event.multiValueQueryStringParameters ?? {}),
  };
}

/**
 * Which of an invocation's calls it is, apart from its number. Keys of the table begin with a letter for the kind of item; of those
 * only a name's item is the sender's own choice, all others carry ids that differ from run to run.
 */
export function identifyItem(body: unknown): string {
  if (!isObject(body)) return '';
  const key = isObject(body.Key) ? body.Key : isObject(body.Item) ? body.Item : {};
  const pk = isObject(key.pk) ? String(key.pk.S ?? '') : '';
  return pk.startsWith('I#') ? pk : pk.slice(0, 1);
}
