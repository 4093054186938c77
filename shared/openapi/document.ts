/** Sections -> the OpenAPI 3.1 document: https://spec.openapis.org/oas/v3.1.1.html */
import { curlOf } from './curl.ts';
import { gatewayResponses } from './gateway-answers.ts';
import type { Credential, Errors, Example, JsonSchema, Operation, Parameter, Section } from './operation.ts';
import { problemResponses, problemSchema } from './problems.ts';
import { answerResponse, type MediaType, type Response } from './response.ts';

export interface OpenApi {
  readonly openapi: '3.1.1';
  readonly info: About;
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** By path, then by method in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, Response>>;
    readonly securitySchemes: Readonly<Record<string, Credential['scheme']>>;
  };
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: {
    readonly description: string;
    readonly required: boolean;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  /** By status; `default` is what is not the relay's own. */
  readonly responses: Readonly<Record<string, Response | { readonly $ref: string }>>;
  /** As Redoc and others show them. */
  readonly 'x-codeSamples': readonly {
    readonly lang: string;
    readonly label: string;
    readonly source: string;
  }[];
}

export interface ParameterObject {
  readonly name: string;
  readonly in: Parameter['in'];
  readonly description: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly examples?: Readonly<Record<string, Example>>;
}

export interface About {
  readonly title: string;
  readonly version: string;
  readonly description: string;
}

export function openApi(about: About, sections: readonly Section[]): OpenApi {
  const paths: Record<string, Record<string, OperationObject>> = {};
  const ids = new Set<string>();
  for (const section of sections) {
    for (const operation of section.operations) {
      const { path, method, id } = operation;
      const key = method.toLowerCase();
      if (paths[path]?.[key]) throw new Error(`${method} ${path} is described twice`);
      if (ids.has(id)) throw new Error(`two operations are called ${id}`);
      ids.add(id);
      paths[path] = { ...paths[path], [key]: operationObject(section, operation) };
    }
  }
  const credentials = sections.flatMap(({ operations }) => operations.flatMap((one) => one.credentials));
  return {
    openapi: '3.1.1',
    info: about,
    servers: [{ url: '/', description: 'Where this document was fetched.' }],
    tags: sections.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      schemas: { Problem: problemSchema, ...Object.assign({}, ...sections.map(({ schemas }) => schemas)) },
      responses: { ...elsewhere, ...gatewayResponses },
      securitySchemes: Object.fromEntries(credentials.map(({ name, scheme }) => [name, scheme])),
    },
  };
}

const INTERNAL = {
  when: 'Nothing of the request can be relied on to have happened; it may be repeated.',
};

/** What paths and methods that nobody describes are answered with. */
const elsewhere = {
  NotFound: only({ 'not-found': { when: 'No route of this relay has this path.' } }),
  MethodNotAllowed: only({
    'method-not-allowed': { when: 'The path does not take this method.' },
  }),
};

function only(errors: Errors): Response {
  const [response] = Object.values(problemResponses(errors));
  if (!response) throw new Error('an error has an answer');
  return response;
}

function operationObject(section: Section, operation: Operation): OperationObject {
  const { id, summary, description, parameters, body, errors, answers, isStream, method } = operation;
  const gateway = isStream ? 'FunctionUrl' : 'HttpApi';
  const responses = {
    ...Object.fromEntries(answers.map((answer) => [answer.status, answerResponse(answer)])),
    ...problemResponses({ ...errors, internal: INTERNAL }),
  };
  return {
    operationId: id,
    tags: [section.name],
    summary,
    description,
    security: securityOf(operation),
    ...(parameters.length > 0 && { parameters: parameters.map(parameterObject) }),
    ...(body && {
      requestBody: {
        description: body.description,
        required: body.required,
        content: { 'application/json': { schema: body.schema, examples: body.examples } },
      },
    }),
    responses: {
      ...(method === 'HEAD' ? withoutContent(responses) : responses),
      default: { $ref: `#/components/responses/${gateway}` },
    },
    'x-codeSamples': [{ lang: 'Shell', label: 'curl', source: curlOf(operation) }],
  };
}

/** HTTP: an answer to HEAD has no body. */
function withoutContent(responses: Readonly<Record<string, Response>>): Record<string, Response> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, { content: _, ...response }]) => [status, response]),
  );
}

function securityOf({ credentials, isOpen }: Operation): OperationObject['security'] {
  const each = credentials.map(({ name }) => ({ [name]: [] }));
  return isOpen ? [...each, {}] : each;
}

function parameterObject(parameter: Parameter): ParameterObject {
  const { name, description, required, schema, example } = parameter;
  return {
    name,
    in: parameter.in,
    description,
    required: required === true,
    schema,
    ...(example !== undefined && { examples: { example: { summary: name, value: example } } }),
  };
}
