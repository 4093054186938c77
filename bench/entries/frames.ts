/** Frames a second that publishes bring to sockets, and the CPU time that each costs: the twin beside a relay in memory. */
import { randomUUID } from 'node:crypto';
import { type Child, cpuOf, startChild } from '../child.ts';
import { type Entry, interleave, type Row, type Subject } from '../harness.ts';
import { makeSenders, openAudience } from '../load.ts';

const ROUNDS = 5;
const SENDERS = 4;
const TOKEN = 'bench-token';

interface Scenario {
  readonly name: string;
  readonly sockets: number;
  readonly publishes: number;
  readonly eventsEach: number;
}

const scenarios: readonly Scenario[] = [
  { name: '50 sockets', sockets: 50, publishes: 200, eventsEach: 1 },
  { name: '500 sockets', sockets: 500, publishes: 40, eventsEach: 1 },
  { name: '50 sockets, lists of 10', sockets: 50, publishes: 40, eventsEach: 10 },
];

async function prepare(name: string, child: Child, { sockets, publishes, eventsEach }: Scenario) {
  const url = String(child.hello);
  const tenant = `bench-${randomUUID()}`;
  const audience = await openAudience(url, tenant, sockets);
  const senders = makeSenders(url, TOKEN, SENDERS);
  const event = { type: 'progress', tenant, job_id: 'job-123', progress_percent: 37.5 };
  const body = eventsEach === 1 ? event : Array.from({ length: eventsEach }, () => event);
  const frames = publishes * eventsEach * sockets;
  let expected = 0;
  const subject: Subject = {
    name,
    async measure() {
      expected += frames;
      let seconds = 0;
      const { all, main } = await cpuOf(child, async () => {
        const startedAt = performance.now();
        await Promise.all([audience.heard(expected), senders.send(body, publishes)]);
        seconds = (performance.now() - startedAt) / 1_000;
      });
      return {
        'events/s': (publishes * eventsEach) / seconds,
        'frames/s': frames / seconds,
        'CPU us/frame': (all * 1_000) / frames,
        'main thread us/frame': (main * 1_000) / frames,
        'CPU ms/publish': all / publishes,
      };
    },
  };
  const end = async (): Promise<void> => {
    senders.close();
    await audience.close();
  };
  return { subject, end };
}

async function run(): Promise<Row[]> {
  const twin = await startChild('twin', [TOKEN]);
  const memory = await startChild('memory-relay', [TOKEN]);
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    const prepared = [
      await prepare(`twin, ${scenario.name}`, twin, scenario),
      await prepare(`relay in memory, ${scenario.name}`, memory, scenario),
    ];
    rows.push(
      ...(await interleave(
        ROUNDS,
        prepared.map(({ subject }) => subject),
      )),
    );
    for (const { end } of prepared) await end();
  }
  await Promise.all([twin.end(), memory.end()]);
  return rows;
}

export const frames: Entry = {
  about: 'frames a second from publishes to sockets, the twin beside a relay in memory',
  run,
};
