/** An event as the hook backend takes it, and how the tests of such events read it. */
import { readCliEvent } from '../../../../shared/surfaces/hook-backend.ts';
import { refusal } from './refusal.ts';

export const good = { event_type: 'log', ts: '2026-11-21T12:00:00Z', payload: { line: 'x' } };
export const read = (body: unknown, key?: string) => readCliEvent(body, 'u1', key, 'made');
export const frame = (body: unknown): unknown => JSON.parse(read(body).batch.events[0]?.json ?? '');
export const refused = (body: unknown) => refusal(() => read(body));
