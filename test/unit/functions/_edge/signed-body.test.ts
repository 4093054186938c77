import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeLogger } from '../../../../functions/_edge/logger.ts';
import { openSignatureCheck } from '../../../../functions/_edge/signed-body.ts';
import { metricsIn } from '../../../support/embedded-metrics.ts';

/** What a function prints, line by line. With POWERTOOLS_DEV the logger writes to the global console, not to one of its own. */
let lines: string[];
beforeEach(() => {
  lines = [];
  const take = (line: string) => void lines.push(line);
  for (const level of ['warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(take);
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('RELAY_LOCAL', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const body = Buffer.from('{"job_id":"j1"}');
const signed = (secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** A check of a secret whose kept values are these; `fresh`: what is there by now. */
function checkOf(kept: readonly string[], fresh = kept) {
  const values = vi.fn(async (age: 'kept' | 'fresh') => (age === 'kept' ? kept : fresh));
  const check = openSignatureCheck({ values }, 'MODAL_WEBHOOK_SECRET', 'X-Modal-Signature', makeLogger());
  return { check, asked: () => values.mock.calls.map(([age]) => age) };
}

const refused = (message: string) => ({
  code: 'unauthorized',
  message: `The header X-Modal-Signature ${message}.`,
  errors: [{ field: 'header X-Modal-Signature', message }],
});

describe('a signature', () => {
  it('passes by a value that is kept, without another look', async () => {
    const { check, asked } = checkOf(['new', 'old']);
    for (const secret of ['new', 'old']) await check(signed(secret), body);
    expect(asked()).toEqual(['kept', 'kept']);
    expect(lines).toEqual([]);
  });

  it('passes by a value that is there only now', async () => {
    const { check, asked } = checkOf(['old'], ['new', 'old']);
    await check(signed('new'), body);
    expect(asked()).toEqual(['kept', 'fresh']);
  });

  it('by no value is wrong', async () => {
    const { check } = checkOf(['new', 'old']);
    await expect(check(signed('older'), body)).rejects.toMatchObject(refused('is wrong'));
    await expect(check('', body)).rejects.toMatchObject(refused('is wrong'));
    await expect(check(signed('new'), body.subarray(1))).rejects.toMatchObject(refused('is wrong'));
    expect(lines).toEqual([]);
  });

  it('that is missing is told so, and asks no second time', async () => {
    const { check, asked } = checkOf(['new']);
    await expect(check(undefined, body)).rejects.toMatchObject(refused('is missing'));
    expect(asked()).toEqual(['kept']);
  });
});

describe('without a value', () => {
  it('everybody is refused, and the log says so', async () => {
    const { check } = checkOf([]);
    await expect(check(undefined, body)).rejects.toMatchObject(refused('is missing'));
    await expect(check(signed(''), body)).rejects.toMatchObject(refused('is wrong'));
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [1, 2].map(() =>
        expect.objectContaining({
          level: 'ERROR',
          message: 'MODAL_WEBHOOK_SECRET has no value; every sender is refused',
        }),
      ),
    );
    expect(lines.flatMap((line) => metricsIn(line)).map(({ name }) => name)).toEqual([
      'secret_unset',
      'secret_unset',
    ]);
  });

  it('everybody passes in the local twin, and the log says so each time', async () => {
    vi.stubEnv('RELAY_LOCAL', '1');
    const { check } = checkOf([]);
    for (const signature of [undefined, '', 'sha256=x', signed('any')]) await check(signature, body);
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [1, 2, 3, 4].map(() =>
        expect.objectContaining({
          level: 'WARN',
          message: 'MODAL_WEBHOOK_SECRET has no value; a signature was not verified',
        }),
      ),
    );
  });

  it('nobody passes in the local twin once it has one', async () => {
    vi.stubEnv('RELAY_LOCAL', '1');
    await expect(checkOf(['new']).check(undefined, body)).rejects.toMatchObject(refused('is missing'));
    await expect(checkOf([], ['new']).check(signed('old'), body)).rejects.toMatchObject(refused('is wrong'));
    expect(lines).toEqual([]);
  });
});
