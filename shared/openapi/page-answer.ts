/** One answer of a route on the page. */
import type { OpenApi } from './document.ts';
import { blocks, escapeHtml, inline } from './markup.ts';
import { example, fieldRows, type Row } from './page-rows.ts';
import type { Response } from './response.ts';

export function answerRow(
  { components }: OpenApi,
  status: string,
  response: Response | { readonly $ref: string },
): Row {
  if ('$ref' in response) {
    const name = response.$ref.replace('#/components/responses/', '');
    return {
      term: '<span class="status">Others</span>',
      kind: 'not the relay’s own',
      text: `<p>See <a href="#${escapeHtml(name)}">what is answered instead of the relay</a>.</p>`,
    };
  }
  const { description, headers = {}, content = {} } = response;
  const isRefused = Number(status) >= 400;
  const said = Object.entries(headers).map(
    ([name, header]) => `<li>${inline(`\`${name}\`: ${header.description}`)}</li>`,
  );
  const bodies = Object.values(content).flatMap(({ schema, examples = {} }) => [
    // An error's fields are the same everywhere; the page says them once.
    isRefused ? '' : fieldRows(schema, components.schemas, { marksRequired: false }),
    ...Object.values(examples).map(({ value }) => example('Example', value)),
  ]);
  return {
    term: `<span class="status${isRefused ? ' refused' : ''}">${escapeHtml(status)}</span>`,
    kind: Object.keys(content).join(', '),
    text: [blocks(description), said.length > 0 ? `<ul>${said.join('')}</ul>` : '', ...bodies].join(''),
  };
}
