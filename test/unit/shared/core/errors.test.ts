import { describe, expect, it } from 'vitest';
import { type ErrorCode, RelayError, toProblem } from '../../../../shared/core/errors.ts';

describe('a problem', () => {
  it('of a known error carries its row of the table, its words and its fields', () => {
    const error = new RelayError('invalid', 'Not valid: tenant.', [
      { field: 'tenant', message: 'is missing' },
    ]);
    expect(toProblem(error, 'request-1')).toEqual({
      type: 'urn:relay:error:invalid',
      title: 'The request is not valid',
      status: 400,
      detail: 'Not valid: tenant.',
      errors: [{ field: 'tenant', message: 'is missing' }],
      request_id: 'request-1',
    });
  });

  it('has no fields where the error names none, and never the headers', () => {
    const problem = toProblem(new RelayError('method-not-allowed', 'Use POST.', [], { allow: 'POST' }), 'r');
    expect(problem.errors).toEqual([]);
    expect(Object.keys(problem).toSorted()).toEqual([
      'detail',
      'errors',
      'request_id',
      'status',
      'title',
      'type',
    ]);
  });

  it.each<[ErrorCode, number]>([
    ['invalid', 400],
    ['unauthorized', 401],
    ['not-found', 404],
    ['method-not-allowed', 405],
    ['too-large', 413],
    ['internal', 500],
  ])('of %s has the status %i', (code, status) => {
    expect(toProblem(new RelayError(code, 'x'), 'r')).toMatchObject({
      status,
      type: `urn:relay:error:${code}`,
    });
  });

  it.each([
    ['an error', new Error('password hunter2 at db-1')],
    [
      'an error with a code of ours',
      Object.assign(new Error('hunter2'), { code: 'invalid', errors: ['hunter2'] }),
    ],
    ['a string', 'hunter2'],
    ['an object', { message: 'hunter2', detail: 'hunter2', headers: { a: 'hunter2' } }],
    ['null', null],
    ['nothing', undefined],
  ])('of %s that is unknown tells the caller nothing of it', (_title, error) => {
    const problem = toProblem(error, 'request-1');
    expect(problem).toEqual({
      type: 'urn:relay:error:internal',
      title: 'The relay failed',
      status: 500,
      detail: 'Nothing of the request can be relied on to have happened; it may be repeated.',
      errors: [],
      request_id: 'request-1',
    });
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });
});
