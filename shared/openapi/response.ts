/** The response objects of an OpenAPI document: https://spec.openapis.org/oas/v3.1.1.html#response-object */
import type { Answer, Example, JsonSchema } from './operation.ts';

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface MediaType {
  readonly schema: JsonSchema;
  readonly examples?: Readonly<Record<string, Example>>;
}

interface Header {
  readonly description: string;
  readonly required: true;
  readonly schema: JsonSchema;
}

export function headersOf(headers: Readonly<Record<string, string>> = {}): Pick<Response, 'headers'> {
  const entries = Object.entries(headers).map(([name, description]): [string, Header] => [
    name,
    { description, required: true, schema: { type: 'string' } },
  ]);
  return entries.length === 0 ? {} : { headers: Object.fromEntries(entries) };
}

export function answerResponse({ description, headers, content }: Answer): Response {
  return {
    description,
    ...headersOf(headers),
    ...(content && {
      content: {
        [content.type]: {
          schema: content.schema,
          examples: { answer: { summary: description, value: content.example } },
        },
      },
    }),
  };
}
