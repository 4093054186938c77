/** Whether a client may have what it asks for. */
import { RelayError } from '../core/errors.ts';
import type { Grant } from './ports.ts';

export type MayJoin = (grant: Grant, channel: string) => boolean;

/** Throws a 403 where a room that the handshake asked for is not covered. */
export function requireRooms(mayJoin: MayJoin, grant: Grant, asked: readonly string[]): void {
  if (asked.every((channel) => mayJoin(grant, channel))) return;
  const message = 'names a room that the token does not cover';
  throw new RelayError('forbidden', `The query parameter room ${message}.`, [
    { field: 'query room', message },
  ]);
}
