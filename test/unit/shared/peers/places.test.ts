/** Where connections belong, remembered. */
import { describe, expect, it } from 'vitest';
import { Places } from '../../../../shared/peers/places.ts';
import type { PeerConnection, PeerSession } from '../../../../shared/peers/ports.ts';

const connection = (id: string): PeerConnection => ({ id, session: `s-${id}`, at: 1 });
const session = (id: string): PeerSession => ({
  id: `s-${id}`,
  instance: `i-${id}`,
  client: { connection: 'another', at: 1 },
  server: { connection: id, at: 2 },
  lastAt: 2,
  bytes: { client: 0, server: 0 },
  frames: 0,
});

function setUp(ids: readonly string[], most?: number) {
  const reads: string[] = [];
  const connections = {
    async get(id: string) {
      reads.push(id);
      return ids.includes(id) ? connection(id) : undefined;
    },
  };
  const sessions = { get: async (id: string) => session(id.slice(2)) };
  return { reads, places: new Places({ connections, sessions }, most) };
}

describe('the place of a connection', () => {
  it('is looked up once', async () => {
    const { reads, places } = setUp(['a']);
    const place = { session: 's-a', instance: 'i-a', side: 'server' };
    expect(await places.of('a')).toEqual(place);
    expect(await places.of('a')).toEqual(place);
    expect(reads).toEqual(['a']);
  });

  it('is none for who is not there, and looked up again', async () => {
    const { reads, places } = setUp([]);
    expect(await places.of('a')).toBeUndefined();
    expect(await places.of('a')).toBeUndefined();
    expect(reads).toEqual(['a', 'a']);
  });

  it('is none for who has no slot in the session that it came for', async () => {
    const { places } = setUp(['a']);
    const elsewhere = { get: async () => session('b') };
    const connections = { get: async () => connection('a') };
    expect(await new Places({ connections, sessions: elsewhere }).of('a')).toBeUndefined();
    expect(await places.of('a')).toBeDefined();
  });

  it('that was unused for longest is forgotten first', async () => {
    const { reads, places } = setUp(['a', 'b', 'c'], 2);
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) await places.of(id);
    expect(reads).toEqual(['a', 'b', 'c', 'b']);
  });
});
