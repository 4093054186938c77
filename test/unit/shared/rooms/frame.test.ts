import { describe, expect, it } from 'vitest';
import type { Ids } from '../../../../shared/rooms/entry.ts';
import { eventFrame, loggedFrame } from '../../../../shared/rooms/frame.ts';
import { channelRoom } from '../../../../shared/surfaces/mesh-jobs.ts';

const [p, j] = ['project-epoch-16', 'job-epoch-----16'];
const ids: Ids = [
  ['project:7', { epoch: p, seq: 7 }],
  ['job:a:b', { epoch: j, seq: 2 }],
];

describe('the frame of an event', () => {
  it('has the id of the room that it comes through, those of all its rooms, then what was posted', () => {
    expect(eventFrame({ event: 'log_line', payload: '{"n":1}', ids }, 'project:7', channelRoom)).toBe(
      `42["log_line",{"id":"${p}.7","seq":7,"ids":{"project_7":"${p}.7","job_a:b":"${j}.2"},"n":1}]`,
    );
    expect(eventFrame({ event: 'log_line', payload: '{"n":1}', ids }, 'job:a:b', channelRoom)).toBe(
      `42["log_line",{"id":"${j}.2","seq":2,"ids":{"project_7":"${p}.7","job_a:b":"${j}.2"},"n":1}]`,
    );
  });

  it('has the offset as its last argument for a client that recovers', () => {
    expect(
      eventFrame({ event: 'x', payload: '{}', ids: ids.slice(0, 1) }, 'project:7', channelRoom, 'o~p'),
    ).toBe(`42["x",{"id":"${p}.7","seq":7,"ids":{"project_7":"${p}.7"}},"o~p"]`);
  });

  it('is the same from the log, with the ids of the rooms up to the one that is read', () => {
    const json = `{"event":"log_line","ids":{"project:7":"${p}.7"},"payload":{"n":1}}`;
    expect(loggedFrame('job:a', { epoch: j, seq: 2 }, json, channelRoom)).toBe(
      `42["log_line",{"id":"${j}.2","seq":2,"ids":{"project_7":"${p}.7","job_a":"${j}.2"},"n":1}]`,
    );
  });

  it('is not made for a channel that the event is not in', () => {
    expect(() => eventFrame({ event: 'x', payload: '{}', ids }, 'batch:9', channelRoom)).toThrow('no place');
  });
});
