/** One route on the page: what it is for, how to call it, what it takes, what it answers. */
import type { OpenApi, OperationObject, ParameterObject } from './document.ts';
import { kindOf } from './field-list.ts';
import { blocks, escapeHtml, inline } from './markup.ts';
import type { Credential } from './operation.ts';
import { answerRow } from './page-answer.ts';
import { code, example, fieldRows, type Row, rows } from './page-rows.ts';

export interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: OperationObject;
}

export function badge(method: string): string {
  return `<span class="method ${method.toLowerCase()}">${method}</span>`;
}

export function article(document: OpenApi, { method, path, operation }: Placed): string {
  const { operationId, summary, description, parameters = [], requestBody } = operation;
  const taken = [
    ...credentialRows(document, operation),
    ...parameters.map((parameter) => parameterRow(document, parameter)),
  ];
  const answers = Object.entries(operation.responses).map(([status, response]) =>
    answerRow(document, status, response),
  );
  return [
    `<article id="${escapeHtml(operationId)}">`,
    `<h3>${badge(method)} <code>${escapeHtml(path)}</code></h3>`,
    `<p class="summary">${escapeHtml(summary)}</p>`,
    blocks(description),
    ...operation['x-codeSamples'].map(({ source }) => code(source)),
    taken.length > 0 ? `<h4>Takes</h4>${rows(taken)}` : '',
    requestBody ? body(document, requestBody) : '',
    `<h4>Answers</h4>${rows(answers)}`,
    '</article>',
  ].join('\n');
}

function credentialRows({ components }: OpenApi, { security }: OperationObject): Row[] {
  const isOpen = security.some((way) => Object.keys(way).length === 0);
  return security.flatMap((way) =>
    Object.keys(way).map((name) => {
      const scheme = components.securitySchemes[name];
      if (!scheme) throw new Error(`no security scheme is called ${name}`);
      return {
        term: inline(`\`${carrier(scheme)}\``),
        kind: isOpen ? 'optional' : security.length > 1 ? 'one of these' : '',
        isRequired: !isOpen && security.length === 1,
        text: blocks(scheme.description),
      };
    }),
  );
}

/** Where a credential stands in the request. */
function carrier(scheme: Credential['scheme']): string {
  if (scheme.type === 'http') return `Authorization: Bearer <${scheme.bearerFormat ?? 'token'}>`;
  return scheme.in === 'header' ? `${scheme.name}: <token>` : `?${scheme.name}=`;
}

function parameterRow({ components }: OpenApi, parameter: ParameterObject): Row {
  const { name, schema, required, description } = parameter;
  return {
    term: inline(parameter.in === 'query' ? `\`?${name}=\`` : `\`${name}\``),
    kind: kindOf(schema, components.schemas),
    isRequired: required,
    text: blocks(description),
  };
}

function body(
  document: OpenApi,
  { description, content }: NonNullable<OperationObject['requestBody']>,
): string {
  return Object.entries(content)
    .map(([type, { schema, examples = {} }]) =>
      [
        `<h4>Body, <code>${escapeHtml(type)}</code></h4>`,
        blocks(description),
        ...namedIn(schema).map((name) =>
          blocks(String(document.components.schemas[name]?.description ?? '')),
        ),
        fieldRows(schema, document.components.schemas, { marksRequired: true }),
        ...Object.values(examples).map(({ summary, value }) => example(summary, value)),
      ].join('\n'),
    )
    .join('\n');
}

/** The schemas of the document that this one refers to. */
function namedIn(schema: unknown): string[] {
  const found = JSON.stringify(schema).matchAll(/#\/components\/schemas\/(\w+)/g);
  return [...new Set([...found].map(([, name = '']) => name))];
}
