/** Frames a second between peers and how long each is on its way: the twin beside a plain forwarder in one process. */
import { type Child, cpuOf, startChild } from '../child.ts';
import { type Entry, interleave, median, type Row, type Subject } from '../harness.ts';
import { openPairs, type Talk } from '../peers.ts';

const ROUNDS = 5;
const SECRET = 'bench-secret-of-peers-0123456789abcdef';
const FRAME_BYTES = 1_024;

interface Scenario extends Omit<Talk, 'bytes'> {
  readonly name: string;
  readonly pairs: number;
}

const scenarios: readonly Scenario[] = [
  { name: 'one frame at a time', pairs: 1, frames: 200, isMutual: false },
  { name: '50 pairs, both ways', pairs: 50, frames: 10, isMutual: true },
];

async function prepare(name: string, child: Child, { pairs: count, frames, isMutual }: Scenario) {
  const pairs = await openPairs(String(child.hello), SECRET, count);
  const subject: Subject = {
    name,
    async measure() {
      let seconds = 0;
      let times: number[] = [];
      const { all, main } = await cpuOf(child, async () => {
        const startedAt = performance.now();
        times = await pairs.talk({ frames, bytes: FRAME_BYTES, isMutual });
        seconds = (performance.now() - startedAt) / 1_000;
      });
      return {
        'frames/s': times.length / seconds,
        'ms/frame': median(times),
        'CPU us/frame': (all * 1_000) / times.length,
        'main thread us/frame': (main * 1_000) / times.length,
      };
    },
  };
  return { subject, end: pairs.close };
}

/** Each figure of the first row in multiples of the second one's. */
function ratio(name: string, [one = { name }, other = { name }]: readonly Row[]): Row {
  const { name: _, ...figures } = one;
  const ratios = Object.keys(figures).map((figure) => [figure, Number(one[figure]) / Number(other[figure])]);
  return { name, ...Object.fromEntries(ratios) };
}

async function run(): Promise<Row[]> {
  const twin = await startChild('twin', ['', SECRET]);
  const forwarder = await startChild('peer-forwarder');
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    const prepared = [
      await prepare(`twin, ${scenario.name}`, twin, scenario),
      await prepare(`forwarder, ${scenario.name}`, forwarder, scenario),
    ];
    const measured = await interleave(
      ROUNDS,
      prepared.map(({ subject }) => subject),
    );
    rows.push(...measured, ratio(`ratio, ${scenario.name}`, measured));
    for (const { end } of prepared) await end();
  }
  await Promise.all([twin.end(), forwarder.end()]);
  return rows;
}

export const peers: Entry = {
  about: 'frames a second between peers and their time on the way, the twin beside a plain forwarder',
  run,
};
