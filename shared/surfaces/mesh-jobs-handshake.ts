/** What the handshake of a socket.io client says in its query. */
import type { FieldError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { roomChannel } from './mesh-jobs.ts';
import { invalid } from './validation.ts';

/** The channels that it asks for. `query`: every value of a parameter. */
export function readSocketQuery(query: (name: string) => readonly string[]): string[] {
  const errors: FieldError[] = [
    ...requireValue(
      query('EIO'),
      'query EIO',
      '4',
      'must be 4: this relay speaks Engine.IO 4 (socket.io 3 and 4)',
    ),
    ...requireValue(query('transport'), 'query transport', 'websocket', 'must be websocket'),
  ];
  // Of a session that began by long-polling, of which there are none here.
  if (query('sid').length > 0) errors.push({ field: 'query sid', message: 'is of no session of this relay' });
  const asked = new Set<string>();
  // socket.io-client writes a list with commas, which no room has in its name.
  for (const room of query('room').flatMap((rooms) => rooms.split(','))) {
    const channel = roomChannel(room);
    if (channel === undefined) errors.push({ field: 'query room', message: 'is no room of this relay' });
    else asked.add(channel);
  }
  if (asked.size > limits.roomsPerSocket) {
    errors.push({ field: 'query room', message: `is given more than ${limits.roomsPerSocket} times` });
  }
  if (errors.length > 0) throw invalid(errors);
  return [...asked];
}

function requireValue(
  values: readonly string[],
  field: string,
  value: string,
  message: string,
): FieldError[] {
  if (values.length === 1 && values[0] === value) return [];
  return [{ field, message: values.length === 0 ? 'is missing' : message }];
}
