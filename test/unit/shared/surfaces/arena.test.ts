import { describe, expect, it } from 'vitest';
import { parseUntrustedJson } from '../../../../shared/core/untrusted-json.ts';
import {
  readEvents,
  readInit,
  readNews,
  readSubmission,
  watchedChannel,
} from '../../../../shared/surfaces/arena.ts';

/** The events of a POST as clients will see them but for `id` and `seq`, with their names. */
function taken(body: unknown, key?: string): { value: unknown; name: string | undefined }[] {
  return readEvents('s1', body, key).events.map(({ json, name }) => ({ value: JSON.parse(json), name }));
}

const value = (body: unknown): unknown => taken(body)[0]?.value;
const names = (body: unknown, key?: string) => taken(body, key).map(({ name }) => name);

const good = { subject: 'event.death', data: { agent_id: 'marcus-001' } };

describe('an event', () => {
  it('goes to the channel of the path’s session', () => {
    expect(readEvents('test-001', good, undefined)).toEqual({
      channel: 'arena:test-001',
      events: [{ json: '{"subject":"event.death","data":{"agent_id":"marcus-001"}}' }],
    });
  });

  it.each([[null], [0], [false], [''], ['text'], [[]], [{}], [[1, null, { x: 'ü' }]]])(
    'may have the data %j',
    (data) => {
      expect(value({ subject: 'x', data })).toEqual({ subject: 'x', data });
    },
  );

  it.each([
    'x',
    'round.start',
    'agent.marcus-001.output',
    'input.waiting',
    'input.fakenews.x',
    'INPUT.fakenews',
    '-._',
    'x'.repeat(64),
    `${'x'.repeat(64)}.${'y'.repeat(64)}.${'z'.repeat(64)}.${'w'.repeat(61)}`,
  ])('may have the subject %s', (subject) => {
    expect(value({ subject, data: 1 })).toEqual({ subject, data: 1 });
  });

  it('takes nothing that it has only by inheritance', () => {
    const body = parseUntrustedJson('{"data":1,"__proto__":{"subject":"x"}}');
    expect(() => readEvents('s1', body, undefined)).toThrow('Not valid: subject.');
  });

  it('is named by its event_id, which clients do not see, else by the header', () => {
    expect(taken({ ...good, event_id: 'e1' }, 'key')).toEqual([{ value: good, name: 'e1' }]);
    expect(names(good, 'key')).toEqual(['key']);
    expect(names(good)).toEqual([undefined]);
    const name = '\u{1F600}'.repeat(1_024);
    expect(names({ ...good, event_id: name })).toEqual([name]);
  });
});

describe('a list of events', () => {
  it('keeps its order, and is named <key>#<i> by places, also where it has one', () => {
    const list = [0, 1, 2].map((data) => ({ subject: 'x', data }));
    expect(taken(list).map((one) => one.value)).toEqual(list);
    expect(names([good], 'key')).toEqual(['key#0']);
    expect(names([good, { ...good, event_id: 'e1' }, good], 'key')).toEqual(['key#0', 'e1', 'key#2']);
  });

  it.each([1, 2, 1_000])('may have %i of them', (count) => {
    expect(taken(new Array(count).fill(good))).toHaveLength(count);
  });
});

describe('the game master', () => {
  it('names a session, and may send fields that the relay does not know', () => {
    expect(readInit({ session_id: 'test-001' })).toBe('test-001');
    expect(readInit({ session_id: 'a', rounds: 3 })).toBe('a');
  });

  it('sends news to a session, by body or by path', () => {
    const content = '5G towers\n"cause" COVID ü\u{1F600}';
    expect(readSubmission({ session_id: 'test-001', content, by: 'x' })).toEqual({
      session: 'test-001',
      content,
    });
    expect(readNews({ content, session_id: 'ignored !' })).toBe(content);
  });

  it('sends news of 102,400 bytes as JSON', () => {
    const content = 'x'.repeat(102_398);
    expect(readNews({ content })).toBe(content);
    expect(readSubmission({ session_id: 'a', content }).content).toBe(content);
  });
});

describe('the channel of a socket', () => {
  it.each([
    ['/ws/arena/test-001', 'arena:test-001'],
    ['/ws/arena/0', 'arena:0'],
    [`/ws/arena/${'x'.repeat(64)}`, `arena:${'x'.repeat(64)}`],
  ])('of %s is %s', (path, channel) => {
    expect(watchedChannel([path])).toBe(channel);
  });
});
