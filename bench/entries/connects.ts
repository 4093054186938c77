/** Handshakes, 50 under way at a time: what each costs the twin, which runs a function and three writes for it. */
import { type Child, cpuOf, startChild } from '../child.ts';
import { type Entry, interleave, type Subject } from '../harness.ts';
import { type Audience, openAudience } from '../load.ts';

const ROUNDS = 5;
const SOCKETS = 250;
const TOKEN = 'bench-token';

/** The sockets stay open until the end: what a departure costs is no part of the figure. */
function subject(name: string, child: Child, audiences: Audience[]): Subject {
  return {
    name,
    async measure() {
      let seconds = 0;
      const { all, main } = await cpuOf(child, async () => {
        const startedAt = performance.now();
        audiences.push(await openAudience(String(child.hello), 'bench', SOCKETS));
        seconds = (performance.now() - startedAt) / 1_000;
      });
      return {
        'handshakes/s': SOCKETS / seconds,
        'CPU ms/handshake': all / SOCKETS,
        'main thread ms/handshake': main / SOCKETS,
      };
    },
  };
}

export const connects: Entry = {
  about: 'handshakes a second, the twin beside a relay in memory',
  async run() {
    const [twin, memory] = [await startChild('twin', [TOKEN]), await startChild('memory-relay', [TOKEN])];
    const audiences: Audience[] = [];
    const rows = await interleave(ROUNDS, [
      subject('twin', twin, audiences),
      subject('relay in memory', memory, audiences),
    ]);
    await Promise.all(audiences.map((audience) => audience.close()));
    await Promise.all([twin.end(), memory.end()]);
    return rows;
  },
};
