/**
 * Holds what is answered to the OpenAPI document: each answer of the relay has a status, headers and a content that the
 * document lists for its route, and each body that the relay takes is one that the document allows. What they print on failure
 * holds no token. The senders and clients
 * of the tests ask this of every answer, so that what the document leaves out fails the journey that meets it.
 */
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { isOfTemplate } from '../../shared/edge/path-template.ts';
import { functionUrlAnswers, httpApiAnswers } from '../../shared/openapi/gateway-answers.ts';
import type { Response } from '../../shared/openapi/response.ts';
import { complaints, document, schemaAt } from './document-schemas.ts';

export interface Asked {
  readonly method: string;
  /** With or without a query. */
  readonly path: string;
}

interface Head {
  readonly status: number;
  readonly headers: Headers;
}

const PROBLEM = 'application/problem+json';
const gatewayStatuses = new Set([...httpApiAnswers, ...functionUrlAnswers].map(({ status }) => status));
const compiled = new Map<string, ValidateFunction>();

/** An answer with its body. */
export function expectDocumented(asked: Asked, answer: Head & { readonly text: string }): void {
  const place = expectDocumentedHead(asked, answer);
  const type = typeOf(answer.headers);
  if (!place || asked.method === 'HEAD' || !/[/+]json$/.test(type)) return;
  const found = complaints(schemaOnce([...place, 'content', type, 'schema']), JSON.parse(answer.text));
  expect(found, `${labelOf(asked, answer)} is not as documented`).toEqual([]);
}

/** An answer whose body is still to come; where the document has it. Undefined: it was not the relay's. */
export function expectDocumentedHead(asked: Asked, head: Head): readonly string[] | undefined {
  if (head.status >= 400 && typeOf(head.headers) !== PROBLEM) {
    expect(gatewayStatuses, `${labelOf(asked, head)} is neither the relay’s nor the gateway’s`).toContain(
      head.status,
    );
    return undefined;
  }
  const [place, response] = placeOf(asked, head.status);
  const what = `${labelOf(asked, head)} is not in the OpenAPI document`;
  if (!response) return expect.unreachable(what);
  for (const name of Object.keys(response.headers ?? {})) {
    expect(head.headers.has(name), `${labelOf(asked, head)} has no ${name}`).toBe(true);
  }
  const types = Object.keys(response.content ?? {}).map((type) => type.replace(/;.*$/, ''));
  if (types.length === 0) return undefined;
  expect(types, what).toContain(typeOf(head.headers));
  return place;
}

/** A body that was taken; an empty one is left out. */
export function expectDocumentedBody({ method, path }: Asked, text: string): void {
  const [place, operation] = operationAt(method, path);
  const what = `${method} ${place[1]} took what the OpenAPI document forbids`;
  if (text === '') {
    expect(operation?.requestBody?.required, what).toBe(false);
    return;
  }
  const validate = schemaOnce([...place, 'requestBody', 'content', 'application/json', 'schema']);
  expect(complaints(validate, JSON.parse(text)), what).toEqual([]);
}

function operationAt(method: string, path: string) {
  const [plain = ''] = path.split('?');
  const key = method.toLowerCase();
  const template = Object.keys(document.paths).find((known) => isOfTemplate(known, plain)) ?? plain;
  return [['paths', template, key], document.paths[template]?.[key]] as const;
}

/** An answer that belongs to no operation is one of the two that hold everywhere. */
function placeOf({ method, path }: Asked, status: number): [readonly string[], Response | undefined] {
  const [place, operation] = operationAt(method, path);
  if (operation) {
    const response = operation.responses[status];
    return [[...place, 'responses', String(status)], response && '$ref' in response ? undefined : response];
  }
  const isPath = document.paths[place[1]] !== undefined;
  const name = isPath ? 'MethodNotAllowed' : 'NotFound';
  const response = status === (isPath ? 405 : 404) ? document.components.responses[name] : undefined;
  return [['components', 'responses', name], response];
}

function schemaOnce(keys: readonly string[]): ValidateFunction {
  const name = keys.join(' ');
  const validate = compiled.get(name) ?? schemaAt(...keys);
  compiled.set(name, validate);
  return validate;
}

function typeOf(headers: Headers): string {
  return (headers.get('content-type') ?? '').replace(/;.*$/, '');
}

function labelOf({ method, path }: Asked, { status, headers }: Head): string {
  return `${method} ${path.replace(/\?.*$/s, '')}: ${status} ${typeOf(headers)}`;
}
