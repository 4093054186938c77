/** The page has everything that the document has, and needs nothing but itself. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openApi } from '../../../../shared/openapi/document.ts';
import { fieldsOf } from '../../../../shared/openapi/field-list.ts';
import { escapeHtml, inline } from '../../../../shared/openapi/markup.ts';
import type { Operation } from '../../../../shared/openapi/operation.ts';
import { renderPage } from '../../../../shared/openapi/page.ts';
import { relayDocument } from '../../../../shared/openapi/relay-document.ts';

const document = relayDocument();
const { html, policy } = renderPage(document);
const { schemas, securitySchemes } = document.components;

/** The part of the page that is about one route. */
function articleOf(id: string): string {
  return new RegExp(`<article id="${id}">.*?</article>`, 's').exec(html)?.[0] ?? '';
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    key: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    operation,
    article: articleOf(operation.operationId),
  })),
);

describe.each(operations)('$key', ({ method, path, operation, article }) => {
  it('stands under its method, its path and what it is for', () => {
    expect(article).toContain(`${method}</span> <code>${path}</code>`);
    expect(article).toContain(escapeHtml(operation.summary));
  });

  it('has each answer and each error with its words', () => {
    for (const [status, response] of Object.entries(operation.responses)) {
      if ('$ref' in response) expect(article).toContain(`href="#${response.$ref.split('/').at(-1)}"`);
      else {
        expect(article).toMatch(new RegExp(`<span class="status[^"]*">${status}</span>`));
        for (const line of response.description.split('\n\n')) expect(article).toContain(inline(line));
        for (const name of Object.keys(response.headers ?? {}))
          expect(article).toContain(`<code>${name}</code>`);
      }
    }
  });

  it('has what it takes: credentials, parameters, and every field of its body', () => {
    for (const name of operation.security.flatMap((way) => Object.keys(way))) {
      expect(article).toContain(inline(securitySchemes[name]?.description ?? 'no such scheme'));
    }
    for (const { name, description } of operation.parameters ?? []) {
      expect(article).toContain(escapeHtml(name));
      expect(article).toContain(inline(description));
    }
    for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
      for (const { path: field, description } of fieldsOf(schema, schemas)) {
        expect(article).toContain(`<code>${field}</code>`);
        expect(article).toContain(inline(description));
      }
    }
  });

  it('has a command to try it with', () => {
    const [sample] = operation['x-codeSamples'];
    expect(article).toContain(escapeHtml(sample?.source ?? 'no command'));
  });
});

describe('the page', () => {
  it('links every GET and POST in its contents, and every link leads somewhere', () => {
    const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const targets = [...html.matchAll(/ href="#([^"]+)"/g)].map(([, target]) => target);
    for (const target of targets) expect(ids).toContain(target);
    for (const { method, operation } of operations) {
      if (method === 'GET' || method === 'POST') expect(targets).toContain(operation.operationId);
    }
    expect(ids.size).toBe([...html.matchAll(/ id="/g)].length);
  });

  it('loads nothing: no script, no picture, no style but its own, no address of elsewhere', () => {
    expect(html).not.toMatch(/<(script|img|iframe|object|embed|video|audio|source|form|base)\b/i);
    expect(html).not.toMatch(/\b(src|srcset|style|on\w+)\s*=\s*"/i);
    expect(html).not.toMatch(/@import|url\(/i);
    const targets = [...html.matchAll(/ href="([^"]*)"/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !/^(#|data:,$|openapi\.json$)/.test(target))).toEqual([]);
  });

  it('has a policy that allows its own style and nothing else', () => {
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(html) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${hash}'`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  it('shows text as text, whatever is in it', () => {
    const evil = '<script>alert("&")</script>';
    const operation: Operation = {
      id: 'evil',
      method: 'GET',
      path: '/evil',
      summary: evil,
      description: `${evil} \`${evil}\`\n\n- ${evil}`,
      credentials: [],
      parameters: [{ in: 'query', name: 'q', description: evil, schema: { type: 'string' } }],
      answers: [
        {
          status: 200,
          description: evil,
          content: { type: 'text/plain', schema: { type: 'string' }, example: evil },
        },
      ],
      errors: {},
    };
    const section = { name: 'Evil', description: evil, schemas: {}, operations: [operation] };
    const page = renderPage(openApi({ title: evil, version: '1', description: evil }, [section]));
    expect(page.html).not.toContain('<script');
    expect(page.html).toContain('&lt;script&gt;alert(&quot;&amp;&quot;)');
  });
});
