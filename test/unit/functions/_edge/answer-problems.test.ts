import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { answerProblems, json } from '../../../../functions/_edge/answer-problems.ts';
import { RelayError } from '../../../../shared/core/errors.ts';
import { context, httpEvent } from '../http-event.ts';

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function answerTo(work: () => Promise<Answer>) {
  const logger = new Logger({ logLevel: 'SILENT' });
  const info = vi.spyOn(logger, 'info');
  const error = vi.spyOn(logger, 'error');
  const handler = middy(async (_event: APIGatewayProxyEventV2) => work()).use(answerProblems(logger));
  const answer = await handler(httpEvent(), context);
  return { answer, info: info.mock.calls, error: error.mock.calls };
}

const failing = (error: unknown) => answerTo(() => Promise.reject(error));

describe('a handler', () => {
  it('that answers is not touched', async () => {
    const { answer, info, error } = await answerTo(async () => json(202, { ok: true }));
    expect(answer).toEqual({
      statusCode: 202,
      headers: { 'content-type': 'application/json' },
      body: '{"ok":true}',
    });
    expect([...info, ...error]).toEqual([]);
  });

  it('that refuses answers with the one error shape, and the log names the fields alone', async () => {
    const errors = [{ field: 'tenant', message: 'is missing' }];
    const { answer, info, error } = await failing(new RelayError('invalid', 'Not valid: tenant.', errors));
    expect(answer.statusCode).toBe(400);
    expect(answer.headers).toEqual({ 'content-type': 'application/problem+json' });
    expect(JSON.parse(answer.body ?? '')).toEqual({
      type: 'urn:relay:error:invalid',
      title: 'The request is not valid',
      status: 400,
      detail: 'Not valid: tenant.',
      errors,
      request_id: 'request-1',
    });
    expect(info).toEqual([['refused', { request_id: 'request-1', status: 400, fields: errors }]]);
    expect(error).toEqual([]);
  });

  it('that refuses with headers sends them', async () => {
    const { answer } = await failing(
      new RelayError('method-not-allowed', 'Use POST.', [], { allow: 'POST' }),
    );
    expect(answer.headers).toEqual({ 'content-type': 'application/problem+json', allow: 'POST' });
  });

  it('that refuses a thousand fields logs the first twenty', async () => {
    const errors = Array.from({ length: 1_000 }, (_, n) => ({ field: `[${n}]`, message: 'x' }));
    const { answer, info } = await failing(new RelayError('invalid', 'x', errors));
    expect(JSON.parse(answer.body ?? '').errors).toHaveLength(1_000);
    expect(info[0]?.[1]).toMatchObject({ fields: errors.slice(0, 20) });
  });

  it('that refuses a field of a stranger’s naming answers with its name, and the log has only the names that are ours', async () => {
    const named = [
      'header X-Relay-Token',
      'query after',
      '[12].artifacts[3].url',
      'progress_percent',
      'hook_01ABCDEF_x9Zz09.deep[0]',
      `extra.${'x'.repeat(1_000_000)}`,
    ];
    const errors = named.map((field) => ({ field, message: 'must be a number that a double can hold' }));
    const { answer, info } = await failing(new RelayError('invalid', 'x', errors));
    expect(JSON.parse(answer.body ?? '').errors).toEqual(errors);
    const [, { fields }] = info[0] as unknown as [string, { fields: { field: string }[] }];
    expect(fields.map(({ field }) => field)).toEqual([...named.slice(0, 4), '….deep[0]', 'extra.…']);
  });

  it.each([
    ['an error', new Error('hunter2')],
    [
      'an error with a status of its own',
      Object.assign(new Error('hunter2'), { statusCode: 404, expose: true }),
    ],
    ['a string', 'hunter2'],
    ['an object', { detail: 'hunter2', headers: { x: 'hunter2' }, statusCode: 200 }],
    ['null', null],
    ['nothing', undefined],
  ])('that throws %s answers 500 and tells nothing; the log has it', async (_title, thrown) => {
    const { answer, info, error } = await failing(thrown);
    expect(answer.statusCode).toBe(500);
    expect(answer.headers).toEqual({ 'content-type': 'application/problem+json' });
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ status: 500, errors: [], request_id: 'request-1' });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(info).toEqual([]);
    expect(error).toEqual([
      [
        'failed',
        expect.objectContaining({
          request_id: 'request-1',
          status: 500,
          error: thrown ?? new Error('an empty error'),
        }),
      ],
    ]);
  });
});
