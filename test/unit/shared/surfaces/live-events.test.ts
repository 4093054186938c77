import { describe, expect, it } from 'vitest';
import { parseUntrustedJson } from '../../../../shared/core/untrusted-json.ts';
import { readWebhook } from '../../../../shared/surfaces/live-events.ts';

const ts = '2026-01-02T03:04:05.678Z';
const good = { type: 'status', tenant: 't1', job_id: 'j1' };

/** The events of a POST as clients will see them but for `id` and `seq`, with their names. */
function taken(body: unknown, key?: string): { value: unknown; name: string | undefined }[] {
  return readWebhook(body, key, ts).batches.flatMap(({ events }) =>
    events.map(({ json, name }) => ({ value: JSON.parse(json), name })),
  );
}

const value = (body: unknown): unknown => taken(body)[0]?.value;
const names = (body: unknown, key?: string) => taken(body, key).map(({ name }) => name);

describe('an event', () => {
  it('is kept whole, with the time of its acceptance', () => {
    const body = {
      type: 'progress',
      tenant: 't1',
      job_id: 'j1',
      progress_percent: 12.5,
      current_step: 1,
      total_steps: 8,
      node_id: 'n1',
      artifacts: [{ url: 'https://x.test/a.png', filename: 'a.png' }, { url: 'b' }],
    };
    expect(value(body)).toEqual({ ...body, ts });
  });

  it.each(['status', 'progress', 'job_completed'])('of type %s is taken', (type) => {
    expect(value({ ...good, type })).toEqual({ ...good, type, ts });
  });

  it.each([
    ['numbers outside of any scale', { progress_percent: -1, current_step: 0.5, total_steps: 1e15 }],
    ['a node_id that is a number', { node_id: 7 }],
    ['an empty node_id', { node_id: '' }],
    ['no artifacts', { artifacts: [] }],
    ['a job_id of 1,024 characters beyond 16 bits', { job_id: '\u{1F600}'.repeat(1_024) }],
    ['a tenant of 128 characters', { tenant: '\u00fc'.repeat(128) }],
  ])('may have %s', (_title, fields) => {
    expect(value({ ...good, ...fields })).toEqual({ ...good, ...fields, ts });
  });

  it('keeps fields that the relay does not know, also in its artifacts', () => {
    const extra = { note: { deep: [1, null, { x: 'ü' }] }, n: null, artifacts: [{ url: 'u', bytes: 9 }] };
    expect(value({ ...good, ...extra })).toEqual({ ...good, ...extra, ts });
  });

  it('has no id, seq and ts of its sender', () => {
    const [event] =
      readWebhook({ ...good, seq: 99, ts: 'yesterday' }, undefined, ts).batches[0]?.events ?? [];
    expect(JSON.parse(event?.json ?? '')).toEqual({ ...good, ts });
  });

  it("keeps its sender's id as event_id, which names nothing", () => {
    expect(taken({ ...good, id: 'sender-1' })).toEqual([
      { value: { ...good, event_id: 'sender-1', ts }, name: undefined },
    ]);
    expect(value({ ...good, id: 12 })).toEqual({ ...good, event_id: 12, ts });
  });

  it("keeps its own event_id where its sender's id is there too", () => {
    expect(taken({ ...good, id: 'sender-1', event_id: 'e1' })).toEqual([
      { value: { ...good, event_id: 'e1', ts }, name: 'e1' },
    ]);
  });

  it('carries no __proto__ key on', () => {
    const body = parseUntrustedJson(
      '{"type":"status","tenant":"t1","job_id":"j1","__proto__":{"tenant":"t2"},"x":{"__proto__":1}}',
    );
    const { batches } = readWebhook(body, undefined, ts);
    expect(batches[0]?.channel).toBe('tenant:t1');
    expect(batches[0]?.events[0]?.json).not.toContain('__proto__');
  });

  it('takes nothing that it has only by inheritance', () => {
    const body = parseUntrustedJson('{"type":"status","job_id":"j1","__proto__":{"tenant":"t2"}}');
    expect(() => readWebhook(body, undefined, ts)).toThrow('Not valid: tenant.');
  });
});

describe('the name of an event', () => {
  it('is none where nobody gave one', () => {
    expect(names(good)).toEqual([undefined]);
    expect(names([good, good])).toEqual([undefined, undefined]);
  });

  it('is its event_id, else the header', () => {
    expect(names({ ...good, event_id: 'e1' })).toEqual(['e1']);
    expect(names(good, 'key')).toEqual(['key']);
    expect(names({ ...good, event_id: 'e1' }, 'key')).toEqual(['e1']);
  });

  it('in a list is <key>#<i> by its place in the POST, also in a list of one', () => {
    expect(names([good], 'key')).toEqual(['key#0']);
    expect(names([good, { ...good, event_id: 'e1' }, good], 'key')).toEqual(['key#0', 'e1', 'key#2']);
  });

  it('counts the places of the whole list, not those of its tenant', () => {
    expect(names([good, { ...good, tenant: 't2' }, good], 'key')).toEqual(['key#0', 'key#2', 'key#1']);
  });

  it('is the header where its sender gave an id only', () => {
    expect(names({ ...good, id: 'sender-1' }, 'key')).toEqual(['key']);
  });

  it('has up to 1,024 characters', () => {
    const name = '\u{1F600}'.repeat(1_024);
    expect(names({ ...good, event_id: name })).toEqual([name]);
  });
});

describe('a list of several tenants', () => {
  it('makes one batch a tenant, in order, and remembers where each event went', () => {
    const body = ['t1', 't2', 't1', 't3', 't2'].map((tenant, n) => ({ ...good, tenant, n }));
    const { batches, places } = readWebhook(body, undefined, ts);
    expect(batches.map(({ channel }) => channel)).toEqual(['tenant:t1', 'tenant:t2', 'tenant:t3']);
    expect(batches.map(({ events }) => events.map(({ json }) => JSON.parse(json).n))).toEqual([
      [0, 2],
      [1, 4],
      [3],
    ]);
    expect(places).toEqual([
      { batch: 0, index: 0 },
      { batch: 1, index: 0 },
      { batch: 0, index: 1 },
      { batch: 2, index: 0 },
      { batch: 1, index: 1 },
    ]);
  });
});
