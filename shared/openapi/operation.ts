/**
 * What is said of an HTTP route: everything that the OpenAPI document and the page are made of. A surface says it in
 * `shared/surfaces/<name>-operations.ts`, which no function but `http-docs` imports, so that no other bundle carries texts.
 * Texts are of the few forms that `markup.ts` knows: paragraphs, lists, and `code` in backquotes.
 */
import type { ErrorCode, FieldError } from '../core/errors.ts';

/** JSON Schema, draft 2020-12, which is OpenAPI 3.1's own. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** What a caller shows. `variable`: the shell variable that stands for it in the curl examples. */
export interface Credential {
  readonly name: string;
  readonly variable: string;
  readonly scheme:
    | {
        readonly type: 'http';
        readonly scheme: 'bearer';
        readonly bearerFormat?: string;
        readonly description: string;
      }
    | {
        readonly type: 'apiKey';
        readonly in: 'header' | 'query';
        readonly name: string;
        readonly description: string;
      };
}

export interface Parameter {
  readonly in: 'header' | 'path' | 'query';
  readonly name: string;
  readonly description: string;
  readonly required?: true;
  readonly schema: JsonSchema;
  /** Stands in the curl example, too, where the parameter is required. */
  readonly example?: string;
}

export interface Example {
  readonly summary: string;
  readonly value: unknown;
}

export interface Body {
  readonly description: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
  /** The first one stands in the curl example. */
  readonly examples: Readonly<Record<string, Example>>;
}

/** An answer that is no error. */
export interface Answer {
  readonly status: number;
  readonly description: string;
  /** Headers that it always has, with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: { readonly type: string; readonly schema: JsonSchema; readonly example: unknown };
}

/** When an error is answered, and the fields that its example names. */
export interface Refusal {
  readonly when: string;
  readonly fields?: readonly FieldError[];
}

export type Errors = Readonly<Partial<Record<ErrorCode, Refusal>>>;

export interface Operation {
  /** `operationId`: unique in the document, and an anchor on the page. */
  readonly id: string;
  readonly method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST';
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** One of them is enough. */
  readonly credentials: readonly Credential[];
  /** It is open to callers without credentials as well, or may be, as the relay is deployed. */
  readonly isOpen?: true;
  readonly parameters: readonly Parameter[];
  readonly body?: Body;
  readonly answers: readonly Answer[];
  /** When it answers with which error. Every operation has `internal` besides. */
  readonly errors: Errors;
  /** Its function answers at a URL of its own, where the gateway's answers are others. */
  readonly isStream?: true;
}

/** A heading of the page: a surface, as a rule. */
export interface Section {
  readonly name: string;
  readonly description: string;
  /** By the name that `#/components/schemas/<name>` refers to. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly operations: readonly Operation[];
}

export function refTo(schema: string): JsonSchema {
  return { $ref: `#/components/schemas/${schema}` };
}
