/** What a client with recovery was promised, held against what it saw. */
import type { MeshClient } from './mesh-client.ts';

/**
 * Each fault in a few words. An event that reaches the client by one room alone comes once, in that room's order; one that
 * reaches it by several may come again when another of them is replayed.
 *
 * `rooms`: those that it has been in throughout; `posted`: one id of each event of theirs.
 */
export function recoveryFaults(
  client: MeshClient,
  rooms: readonly string[],
  posted: readonly string[],
): string[] {
  // The second of what the client itself has handed out late, and asked for again.
  const late = new Set(client.events.flatMap(({ payload, isLate }) => (isLate ? [payload.id] : [])));
  const isFirst = (id: string, index: number) =>
    client.events.findIndex((e) => e.payload.id === id) === index;
  const events = client.events
    .map(({ payload }) => payload)
    .filter(({ id }, index) => !late.has(id) || isFirst(id, index));
  const seen = new Set(events.flatMap(({ ids }) => Object.values(ids)));
  const known = new Set(posted);
  const single = events.filter(({ ids }) => rooms.filter((room) => ids[room] !== undefined).length === 1);
  const singleIds = single.map(({ id }) => id);
  return [
    ...client.connects.flatMap(({ recovered }, index) =>
      recovered || index === 0 ? [] : [`its ${index + 1}. connection was not recovered`],
    ),
    ...posted.flatMap((id) => (seen.has(id) ? [] : [`${id} never came`])),
    ...singleIds.flatMap((id, index) => (singleIds.indexOf(id) === index ? [] : [`${id} came again`])),
    ...events.flatMap(({ id, ids }) =>
      Object.values(ids).some((one) => known.has(one)) ? [] : [`${id} is of no event that was posted`],
    ),
    ...rooms.flatMap((room) => {
      const numbers = single.flatMap(({ ids, seq }) => (ids[room] === undefined ? [] : [seq]));
      return numbers.flatMap((seq, index) =>
        seq < (numbers[index - 1] ?? 0) ? [`${room}: ${seq} came after ${numbers[index - 1]}`] : [],
      );
    }),
  ];
}
