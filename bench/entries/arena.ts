/**
 * Messages of an engine from NATS to a socket: what the relay adds, beside a subscriber that is on NATS itself. From core NATS
 * and from a stream, since a message from a stream is named, which costs two writes more.
 */
import type { Stage } from '../arena.ts';
import { openRelays, type Relay } from '../arena-relays.ts';
import { type Entry, type Figures, interleave, median, type Row, type Subject } from '../harness.ts';
import { cpuMsOf } from '../process.ts';

const ROUNDS = 5;
const SESSIONS = 50;

interface Scenario {
  readonly name: string;
  /** Sessions that are played side by side. */
  readonly sessions: number;
  /** Bursts of each session, one after the other is heard, and the messages in each. */
  readonly bursts: number;
  readonly messages: number;
}

const scenarios: readonly Scenario[] = [
  { name: 'one message at a time', sessions: 1, bursts: 100, messages: 1 },
  { name: 'bursts of 20', sessions: 1, bursts: 20, messages: 20 },
  { name: '50 sessions at once', sessions: SESSIONS, bursts: 10, messages: 1 },
];

/** `ms`: from the publish of a burst to its last message, the median. */
async function play(stage: Stage, { sessions, bursts, messages }: Scenario): Promise<Figures> {
  const times: number[] = [];
  const began = performance.now();
  await Promise.all(
    stage.sessions.slice(0, sessions).map(async (session) => {
      for (let burst = 0; burst < bursts; burst += 1) {
        const at = performance.now();
        stage.say(session, messages);
        await stage.heard(session, messages);
        times.push(performance.now() - at);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  return { ms: median(times), 'messages/s': (times.length * messages) / seconds };
}

function relayed({ name, stage, bridge, spent }: Relay, scenario: Scenario): Subject {
  const count = scenario.sessions * scenario.bursts * scenario.messages;
  return {
    name: `relay, ${name}, ${scenario.name}`,
    async measure() {
      const [before, bridgeBefore] = [await spent(), cpuMsOf(bridge)];
      const figures = await play(stage, scenario);
      const [after, bridgeAfter] = [await spent(), cpuMsOf(bridge)];
      const calls = (operation: string) => (after.calls[operation] ?? 0) - (before.calls[operation] ?? 0);
      return {
        ...figures,
        // With the renewals of the bridge's lease, one in three seconds.
        'writes/message': (calls('UpdateItem') + calls('PutItem')) / count,
        'bridge CPU us/message': ((bridgeAfter - bridgeBefore) * 1_000) / count,
        'twin CPU us/message': ((after.all - before.all) * 1_000) / count,
      };
    },
  };
}

/** A relay's figures in multiples of the subscriber's. */
function ratio(name: string, relay: Row, direct: Row): Row {
  const of = (figure: string) => Number(relay[figure]) / Number(direct[figure]);
  return { name: `ratio of ${name}`, ms: of('ms'), 'messages/s': of('messages/s') };
}

async function run(): Promise<Row[]> {
  const { relays, direct, close } = await openRelays(SESSIONS);
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    const measured = await interleave(ROUNDS, [
      ...relays.map((relay) => relayed(relay, scenario)),
      { name: `subscriber on NATS, ${scenario.name}`, measure: () => play(direct, scenario) },
    ]);
    const subscriber = measured.at(-1) ?? { name: '' };
    rows.push(...measured, ...measured.slice(0, -1).map((row) => ratio(row.name, row, subscriber)));
  }
  await close();
  return rows;
}

export const arena: Entry = {
  about: 'messages from NATS to a socket, beside a subscriber on NATS',
  run,
};
