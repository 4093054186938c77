/** The page's smallest parts: rows of a term and what is said of it, and blocks of code. All of them are HTML. */
import { type Field, fieldsOf } from './field-list.ts';
import { blocks, escapeHtml, inline } from './markup.ts';
import type { JsonSchema } from './operation.ts';

export interface Row {
  /** HTML. */
  readonly term: string;
  /** Text. */
  readonly kind: string;
  readonly isRequired?: boolean;
  /** HTML. */
  readonly text: string;
}

export function rows(all: readonly Row[]): string {
  if (all.length === 0) return '';
  const each = all.map(
    ({ term, kind, isRequired, text }) =>
      `<div><dt>${term}${isRequired ? '<span class="required">required</span>' : ''}` +
      `${kind === '' ? '' : `<span class="kind">${escapeHtml(kind)}</span>`}</dt><dd>${text}</dd></div>`,
  );
  return `<dl>${each.join('\n')}</dl>`;
}

/** `marksRequired`: of what a caller sends; an answer has all of its fields. */
export function fieldRows(
  schema: JsonSchema,
  schemas: Readonly<Record<string, JsonSchema>>,
  { marksRequired }: { readonly marksRequired: boolean },
): string {
  const row = ({ path, kind, isRequired, description }: Field): Row => ({
    term: inline(`\`${path}\``),
    kind,
    isRequired: isRequired && marksRequired,
    text: blocks(description),
  });
  return rows(fieldsOf(schema, schemas).map(row));
}

export function code(text: string): string {
  // In the order of the keyboard, since it scrolls.
  return `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>`;
}

export function example(title: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return `<details><summary>${escapeHtml(title)}</summary>${code(text)}</details>`;
}
