import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeRequest } from '../src/frames.ts';

const at = (seq: number): { epoch: string; seq: number } => ({ epoch: 'k3.x', seq });

describe('frames of the relay', () => {
  it('are events where they have a seq, whatever their type', () => {
    const text = '{"type":"ready","tenant":"t1","id":"k3.x.7","seq":7,"ts":1}';
    expect(decodeFrame(text)).toEqual({ kind: 'event', entry: { at: at(7), event: JSON.parse(text) } });
  });

  it.each([
    ['{"type":"ready","channel":"c","head":"k3.x.4","recovered":null}', null],
    ['{"type":"ready","channel":"c","head":"k3.x.4","recovered":true}', true],
    ['{"type":"ready","channel":"c","head":"k3.x.4","recovered":false}', false],
  ])('%s says where the relay stands', (text, recovered) => {
    expect(decodeFrame(text)).toEqual({ kind: 'ready', head: at(4), recovered });
  });

  it('are parts of an answer', () => {
    const event = { id: 'k3.x.3', seq: 3 };
    expect(decodeFrame(JSON.stringify({ type: 'events', after: 'k3.x.2', events: [event] }))).toEqual({
      kind: 'events',
      after: at(2),
      entries: [{ at: at(3), event }],
      head: undefined,
      recovered: true,
    });
    const last = { type: 'events', events: [], head: 'k3.x.9', recovered: false };
    expect(decodeFrame(JSON.stringify(last))).toEqual({
      kind: 'events',
      after: undefined,
      entries: [],
      head: at(9),
      recovered: false,
    });
  });

  it.each(['pong', 'heartbeat'])('are a head: %s', (type) => {
    expect(decodeFrame(JSON.stringify({ type, head: 'k3.x.0' }))).toEqual({ kind: 'head', head: at(0) });
  });

  it('are the word of the gateway, of a refusal, of a later protocol', () => {
    const gateway = '{"message":"Internal server error","connectionId":"x","requestId":"y"}';
    expect(decodeFrame(gateway)).toEqual({ kind: 'failed' });
    expect(decodeFrame('{"type":"error","error":"unknown_action"}')).toEqual({
      kind: 'refused',
      error: 'unknown_action',
    });
    expect(decodeFrame('{"type":"weather","head":3}')).toEqual({ kind: 'other' });
    expect(decodeFrame('{}')).toEqual({ kind: 'other' });
  });

  it.each([
    '',
    '{',
    '[]',
    '"text"',
    'null',
    '{"id":"k3.x.7","seq":8}',
    '{"id":"k3.x.07","seq":7}',
    '{"id":"nodot","seq":7}',
    '{"id":"k3.x.99999999999999999","seq":99999999999999999}',
    '{"seq":7}',
    '{"type":"ready"}',
    '{"type":"ready","head":null}',
    '{"type":"pong","head":""}',
    '{"type":"events"}',
    '{"type":"events","events":[{"id":"k3.x.1","seq":1},{"id":"k3.x.2"}]}',
    '{"type":"events","events":[],"head":"?"}',
  ])('are malformed and no exception: %s', (text) => {
    expect(decodeFrame(text)).toEqual({ kind: 'malformed', text });
  });
});

describe('frames of the client', () => {
  it('are what the protocol page shows', () => {
    expect(encodeRequest({ action: 'start' })).toBe('{"action":"start"}');
    expect(encodeRequest({ action: 'start', after: at(5) })).toBe('{"action":"start","after":"k3.x.5"}');
    expect(encodeRequest({ action: 'resume', after: at(5) })).toBe('{"action":"resume","after":"k3.x.5"}');
    expect(encodeRequest({ action: 'ping' })).toBe('{"action":"ping"}');
  });
});
