/** The relay's OpenAPI document: valid, complete, and in agreement with the code that validates (contract row H8). */
import { readdir, readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { ERRORS, RelayError } from '../../../../shared/core/errors.ts';
import { translatePublicPath } from '../../../../shared/edge/public-path.ts';
import type { OperationObject } from '../../../../shared/openapi/document.ts';
import { functionUrlAnswers, httpApiAnswers } from '../../../../shared/openapi/gateway-answers.ts';
import { httpRoutes } from '../../../../shared/routes.ts';
import { arenaEvent, initBody, newsBody, submitBody } from '../../../../shared/surfaces/arena.ts';
import { cliEvent, revokeRequest, tokenRequest } from '../../../../shared/surfaces/hook-backend.ts';
import { webhookEvent } from '../../../../shared/surfaces/live-events.ts';
import { readJobEvents } from '../../../../shared/surfaces/mesh-jobs.ts';
import { complaints, document, schemaAt } from '../../../support/document-schemas.ts';

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
);
const named = operations.map((one) => ({ ...one, key: `${one.method.toUpperCase()} ${one.path}` }));

/** The paths of server-sent events, as the surfaces themselves say them. */
async function ssePaths(): Promise<string[]> {
  const files = (await readdir('shared/surfaces')).filter(
    (name) => !/-(operations|components)\.ts$/.test(name),
  );
  const modules = await Promise.all(
    files.map(
      (name): Promise<Record<string, unknown>> =>
        import(`../../../../shared/surfaces/${name.replace(/\.ts$/, '')}.ts`),
    ),
  );
  return modules
    .flatMap((module) => Object.values(module))
    .flatMap((value) => (isSurface(value) ? [value.ssePath] : []));
}

function isSurface(value: unknown): value is { ssePath: string } {
  return typeof value === 'object' && value !== null && 'ssePath' in value;
}

describe('the document', () => {
  it('is valid OpenAPI 3.1', async () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    const plain: Record<string, unknown> = JSON.parse(JSON.stringify(document));
    const validator = new Validator();
    expect(await validator.validate(plain)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(await new Validator().validate({ ...plain, paths: { nowhere: {} } })).toMatchObject({
      valid: false,
    });
  });

  it('has every route of the route table and every stream, and nothing else', async () => {
    const streams = (await ssePaths()).flatMap((path) =>
      ['GET', 'HEAD', 'OPTIONS'].map((method) => `${method} ${path}`),
    );
    expect(streams.length).toBeGreaterThan(3);
    const routes = httpRoutes.map(({ method, path }) => `${method} ${path}`);
    expect(named.map(({ key }) => key).sort()).toEqual([...routes, ...streams].sort());
  });

  it.each(named)('$key is answered by the gateway that it names', ({ path, operation }) => {
    const gateway = translatePublicPath(path, false).api === 'sse' ? 'FunctionUrl' : 'HttpApi';
    expect(operation.responses.default).toEqual({ $ref: `#/components/responses/${gateway}` });
  });

  it('has every error that a caller can meet', () => {
    const types = JSON.stringify(document).match(/urn:relay:error:[a-z-]+/g);
    expect([...new Set(types)].sort()).toEqual(
      Object.keys(ERRORS)
        .map((code) => `urn:relay:error:${code}`)
        .sort(),
    );
  });

  it('has the version of the package', async () => {
    expect(document.info.version).toBe(JSON.parse(await readFile('package.json', 'utf8')).version);
  });

  it('refers to nothing that is not in it', () => {
    for (const [, name = ''] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
  });

  it('names in the operating manual what the gateway answers itself', async () => {
    const manual = (await readFile('docs/operate.md', 'utf8')).replaceAll("'", '’');
    for (const { status, when } of httpApiAnswers) {
      expect(manual).toMatch(new RegExp(`\\| ${status} +\\|.*\\| ${escaped(when)} +\\|`));
    }
    for (const { status, when } of functionUrlAnswers) {
      expect(manual).toMatch(new RegExp(`\\| ${status}, function URL +\\|.*\\| ${escaped(when)} +\\|`));
    }
  });
});

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe.each(named)('$key', ({ method, path, operation }) => {
  const place = ['paths', path, method];

  it('has examples that its own schemas take', () => {
    const contents = contentsOf(operation, place);
    for (const { keys, examples } of contents) {
      for (const { value } of Object.values(examples))
        expect(complaints(schemaAt(...keys), value)).toEqual([]);
    }
  });

  it('may always fail, and says so', () => {
    expect(operation.responses['500']).toMatchObject({ description: expect.stringMatching(/repeated/) });
  });
});

interface Content {
  readonly keys: readonly string[];
  readonly examples: Readonly<Record<string, { readonly value: unknown }>>;
}

function contentsOf(
  { requestBody, responses, parameters = [] }: OperationObject,
  place: readonly string[],
): Content[] {
  const bodies = Object.entries(requestBody?.content ?? {}).map(([type, { examples = {} }]) => ({
    keys: [...place, 'requestBody', 'content', type, 'schema'],
    examples,
  }));
  const answers = Object.entries(responses).flatMap(([status, response]) =>
    '$ref' in response
      ? []
      : Object.entries(response.content ?? {}).map(([type, { examples = {} }]) => ({
          keys: [...place, 'responses', status, 'content', type, 'schema'],
          examples,
        })),
  );
  const given = parameters.map(({ examples = {} }, index) => ({
    keys: [...place, 'parameters', String(index), 'schema'],
    examples,
  }));
  return [...bodies, ...answers, ...given];
}

/** What a sender might write into a field, right or wrong. */
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  60,
  -1.5,
  1e300,
  '',
  'a',
  'a b',
  'a\n',
  'büro-🚀',
  'x'.repeat(128),
  'x'.repeat(129),
  '🚀'.repeat(1_024),
  '🚀'.repeat(1_025),
  'progress',
  'log',
  '2026-11-21T12:00:00Z',
  [],
  [null],
  [{ url: 'u' }],
  [{ url: 'u', filename: 5 }],
  [{ filename: 'f' }],
  Array.from({ length: 10_001 }, () => ({ url: 'u' })),
  {},
  { url: 'u' },
];

/** What the webhook of mesh jobs takes as its body: which of its schemas holds is decided by the fields that are there. */
const jobBody = z.custom((body) => {
  try {
    return readJobEvents(body, {}, undefined).length > 0;
  } catch (error) {
    // Sizes are said in words: no schema counts bytes.
    return error instanceof RelayError && error.code === 'too-large';
  }
});
const ids = { job_id: 'j', project_id: '7', batch_id: 9, event_id: 'e' };
const jobLine = { event: 'log_line', message: 'm', timestamp: 't', ...ids, other: 1 };

/** `beyond`: fields with a rule that no JSON Schema can say; there the document may allow what the relay refuses. */
const bodies: {
  name: string;
  validating: z.ZodMiniType;
  example: Record<string, unknown>;
  beyond: string[];
}[] = [
  {
    name: 'LiveEvent',
    validating: webhookEvent,
    example: {
      type: 'status',
      tenant: 't1',
      job_id: 'j',
      event_id: 'e',
      progress_percent: 1,
      current_step: 1,
      total_steps: 2,
      node_id: 'n',
      artifacts: [{ url: 'u', filename: 'f' }],
      other: 1,
    },
    beyond: [],
  },
  { name: 'TokenRequest', validating: tokenRequest, example: { ttl_seconds: 60 }, beyond: [] },
  { name: 'RevokeRequest', validating: revokeRequest, example: { token: 't' }, beyond: [] },
  { name: 'RevokeRequest', validating: revokeRequest, example: { token: 't', token_id: 'i' }, beyond: [] },
  {
    name: 'CliEvent',
    validating: cliEvent,
    example: { event_type: 'log', event_id: 'e', ts: '2026-11-21', payload: null, other: 1 },
    beyond: ['ts'],
  },
  {
    name: 'JobEnd',
    validating: jobBody,
    example: {
      status: 'completed',
      result: {
        success: true,
        s3_output_path: 's',
        strategy: 's',
        quality_metrics: { a: 1 },
        metrics: { a: 1 },
      },
      error: 'e',
      ...ids,
      other: 1,
    },
    beyond: [],
  },
  { name: 'JobEnd', validating: jobBody, example: { status: 'failed', result: null, ...ids }, beyond: [] },
  { name: 'LogLine', validating: jobBody, example: jobLine, beyond: [] },
  {
    name: 'JobProgress',
    validating: jobBody,
    example: { event: 'job_progress', progress: 45, status: 's', message: 'm', ...ids, other: 1 },
    beyond: [],
  },
  {
    name: 'BatchStatus',
    validating: jobBody,
    example: {
      event: 'batch_status',
      status: 'processing',
      completed_jobs: 1,
      total_jobs: 4,
      ...ids,
      other: 1,
    },
    beyond: [],
  },
  {
    name: 'JobList',
    validating: jobBody,
    example: { events: [jobLine, { job_id: 'j', status: 'failed' }], project_id: 7 },
    beyond: [],
  },
  { name: 'InitSession', validating: initBody, example: { session_id: 's1' }, beyond: [] },
  { name: 'SubmitNews', validating: submitBody, example: { session_id: 's1', content: 'c' }, beyond: [] },
  { name: 'Fakenews', validating: newsBody, example: { content: 'c', other: 1 }, beyond: [] },
  {
    name: 'ArenaEvent',
    validating: arenaEvent,
    example: { subject: 'event.death', data: {}, event_id: 'e' },
    beyond: [],
  },
];

it('every schema of a body is held to the code that validates', () => {
  const taken = operations.map(({ operation }) => JSON.stringify(operation.requestBody ?? {}));
  const names = taken.flatMap((text) => [...text.matchAll(/schemas\/(\w+)"/g)].map(([, name = '']) => name));
  expect(new Set(names)).toEqual(new Set(bodies.map(({ name }) => name)));
});

describe.each(bodies)('$name', ({ name, validating, example, beyond }) => {
  const validate = schemaAt('components', 'schemas', name);
  const agree = (body: unknown) => {
    const isValid = validating.safeParse(body).success;
    expect(
      complaints(validate, body).length === 0,
      `the relay says ${isValid} to ${JSON.stringify(body).slice(0, 200)}`,
    ).toBe(isValid);
  };

  it('says what the relay takes and refuses, whatever a field holds', () => {
    for (const field of Object.keys(example)) {
      for (const value of VALUES) {
        const body = { ...example, [field]: value };
        if (!beyond.includes(field)) agree(body);
        else if (validating.safeParse(body).success) expect(complaints(validate, body)).toEqual([]);
      }
    }
  });

  it('says what the relay takes and refuses, whichever field is missing', () => {
    for (const field of Object.keys(example)) {
      const { [field]: _, ...body } = example;
      agree(body);
    }
    for (const body of [null, [], 'text', 5, {}]) agree(body);
  });
});
