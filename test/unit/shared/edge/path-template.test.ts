import { describe, expect, it } from 'vitest';
import { isOfTemplate } from '../../../../shared/edge/path-template.ts';

const TEMPLATE = '/arena/{session_id}/events';

describe('a path', () => {
  it.each([
    ['/arena/s1/events', TEMPLATE],
    ['/arena/%2F/events', TEMPLATE],
    ['/arena/{session_id}/events', TEMPLATE],
    ['/arena/events/events', TEMPLATE],
    ['/ws/arena/-', '/ws/arena/{session_id}'],
    ['/health', '/health'],
    ['/', '/'],
  ])('%s is of %s', (path, template) => {
    expect(isOfTemplate(template, path)).toBe(true);
  });

  it.each([
    ['/arena//events', TEMPLATE],
    ['/arena/s1/event', TEMPLATE],
    ['/arena/s1/events/', TEMPLATE],
    ['/arena/s1/s2/events', TEMPLATE],
    ['//arena/s1/events', TEMPLATE],
    ['arena/s1/events', TEMPLATE],
    ['/Arena/s1/events', TEMPLATE],
    ['/arena/s1', TEMPLATE],
    ['', TEMPLATE],
    ['/ws/arena/', '/ws/arena/{session_id}'],
    ['/ws/arena', '/ws/arena/{session_id}'],
    ['/x', '/{}'],
    ['/ax', '/a{b}'],
    ['/xhealth', '/.health'],
  ])('%s is not of %s', (path, template) => {
    expect(isOfTemplate(template, path)).toBe(false);
  });
});
