/** Handshakes, 50 under way at a time: what each costs the twin, which runs a function and three writes for it. */
import { type Child, startChild } from '../child.ts';
import { type Entry, interleave, type Subject } from '../harness.ts';
import { openAudience } from '../load.ts';

const ROUNDS = 5;
const SOCKETS = 250;
const TOKEN = 'bench-token';

function subject(name: string, child: Child): Subject {
  return {
    name,
    async measure() {
      const before = Number(await child.ask('cpu'));
      const startedAt = performance.now();
      const audience = await openAudience(String(child.hello), 'bench', SOCKETS);
      const seconds = (performance.now() - startedAt) / 1_000;
      const cpu = Number(await child.ask('cpu')) - before;
      await audience.close();
      return { 'handshakes/s': SOCKETS / seconds, 'CPU ms/handshake': cpu / SOCKETS };
    },
  };
}

export const connects: Entry = {
  about: 'handshakes a second, the twin beside a relay in memory',
  async run() {
    const [twin, memory] = [await startChild('twin', TOKEN), await startChild('memory-relay', TOKEN)];
    const rows = await interleave(ROUNDS, [subject('twin', twin), subject('relay in memory', memory)]);
    await Promise.all([twin.end(), memory.end()]);
    return rows;
  },
};
