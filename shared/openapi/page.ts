/**
 * The OpenAPI document -> one HTML page that needs no script and loads nothing: its style is in it, and its policy forbids
 * everything else.
 */
import { createHash } from 'node:crypto';
import type { OpenApi } from './document.ts';
import { blocks, escapeHtml } from './markup.ts';
import { answerRow } from './page-answer.ts';
import { article, badge, type Placed } from './page-operation.ts';
import { fieldRows, rows } from './page-rows.ts';
import { pageStyle } from './page-style.ts';
import type { Response } from './response.ts';

/** `policy`: what its `Content-Security-Policy` has to be. */
export interface Page {
  readonly html: string;
  readonly policy: string;
}

export function renderPage(document: OpenApi): Page {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]): Placed => ({ method: method.toUpperCase(), path, operation }),
    ),
  );
  const groups = document.tags.map(({ name, description }) => ({
    name,
    description,
    operations: all.filter(({ operation }) => operation.tags.includes(name)),
  }));
  const { title, version, description } = document.info;
  const links = groups.map(
    ({ name, operations }) =>
      `<a class="group" href="#${anchor(name)}">${escapeHtml(name)}</a>${contents(operations)}`,
  );
  const sections = groups.map(
    (group) =>
      `<section><h2 id="${anchor(group.name)}">${escapeHtml(group.name)}</h2>${blocks(group.description)}` +
      `${group.operations.map((placed) => article(document, placed)).join('')}</section>`,
  );
  const html = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)} ${escapeHtml(version)}: HTTP routes</title>`,
    '<link rel="icon" href="data:,">',
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body>',
    `<nav aria-label="Contents"><a class="title" href="#top">${escapeHtml(title)}</a>${links.join('')}`,
    '<a class="group" href="#everywhere">For every route</a></nav>',
    `<main id="top"><h1>${escapeHtml(title)} <span class="note">${escapeHtml(version)}</span></h1>`,
    blocks(description),
    '<p>The document behind this page: <a href="openapi.json"><code>/openapi.json</code></a>. In the examples ' +
      '<code>$RELAY</code> is the address of the relay, such as <code>http://127.0.0.1:8787</code>.</p>',
    sections.join(''),
    everywhere(document),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
  const hash = createHash('sha256').update(pageStyle).digest('base64');
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    // The empty icon, without which browsers ask for /favicon.ico.
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { html, policy };
}

/** HEAD and OPTIONS stand below their GET; the contents do without them. */
const LISTED = ['GET', 'POST'];

function contents(operations: readonly Placed[]): string {
  const listed = operations.filter(({ method }) => LISTED.includes(method));
  const items = listed.map(
    ({ method, operation: { operationId, summary } }) =>
      `<li><a href="#${escapeHtml(operationId)}">${badge(method)}${escapeHtml(summary)}</a></li>`,
  );
  return `<ul>${items.join('')}</ul>`;
}

/** What holds for every route: the shape of errors, paths and methods of nobody, answers that are not the relay's. */
function everywhere(document: OpenApi): string {
  const { schemas, responses } = document.components;
  const problem = schemas.Problem ?? {};
  const own = Object.entries(responses).filter(
    ([, { content = {} }]) => 'application/problem+json' in content,
  );
  const others = Object.entries(responses).filter(
    ([, { content = {} }]) => !('application/problem+json' in content),
  );
  return [
    '<section><h2 id="everywhere">For every route</h2>',
    '<article><h3>Errors</h3>',
    blocks(String(problem.description ?? '')),
    fieldRows(problem, schemas, { marksRequired: false }),
    '</article>',
    '<article><h3>Paths and methods that are not listed</h3>',
    rows(own.map(([, response]) => answerRow(document, statusOf(response), response))),
    '</article>',
    '<article><h3>Answers that are not the relay’s own</h3>',
    ...others.map(([name, { description }]) => `<div id="${escapeHtml(name)}">${blocks(description)}</div>`),
    '</article>',
    '</section>',
  ].join('\n');
}

/** A shared answer of ours says its status in its schema. */
function statusOf({ content = {} }: Response): string {
  const schema = Object.values(content)[0]?.schema as
    | { properties?: { status?: { const?: number } } }
    | undefined;
  return String(schema?.properties?.status?.const ?? '');
}

function anchor(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
