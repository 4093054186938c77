/** The line that a session leaves behind, as whoever meters sessions reads it. */
import { expect } from 'vitest';
import type { Cloud } from './cloud.ts';
import { until } from './until.ts';

export interface SessionLine {
  readonly event: 'session_closed';
  readonly session_id: string;
  readonly duration_seconds: number;
  readonly bytes_client_to_server: number;
  readonly bytes_server_to_client: number;
  readonly total_bytes: number;
  readonly timestamp: string;
  readonly reason: string;
  readonly frames: number;
}

type Target = Pick<Cloud, 'printed' | 'retryPolicy' | 'twin'>;

/** Every line about the end of this session so far. */
export function linesAbout(cloud: Target, session: string): SessionLine[] {
  const lines = cloud.printed?.() ?? expect.unreachable('this cloud shows no lines');
  return lines
    .filter((line) => line.startsWith('{') && line.includes('session_closed') && line.includes(session))
    .map((line) => JSON.parse(line))
    .filter(({ event, session_id }) => event === 'session_closed' && session_id === session);
}

/**
 * The lines about the ends of those who have had this id, once there are so many. Where functions die in the midst of an end, the minute's
 * pass has to finish what they began, and may say the same again.
 */
export function untilLines(cloud: Target, session: string, count: number): Promise<SessionLine[]> {
  return until(
    `${count} lines about the end of ${session}`,
    async () => {
      const found = linesAbout(cloud, session);
      if (found.length >= count) return found;
      if (cloud.retryPolicy) await cloud.twin?.fireSchedules();
      return undefined;
    },
    30_000,
  );
}

/** The one line about the end of a session. */
export async function lineAbout(cloud: Target, session: string): Promise<SessionLine> {
  const [line, ...others] = await untilLines(cloud, session, 1);
  if (!cloud.retryPolicy) expect(others).toEqual([]);
  return line ?? expect.unreachable();
}
