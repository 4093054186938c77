/**
 * 20,000 messages of 50 sessions at once, in bursts of 20, with a socket for each session: what one bridge does in a second when
 * there is always more to do, and what memory it has while they wait.
 */
import type { Stage } from '../arena.ts';
import { openRelays, type Relay } from '../arena-relays.ts';
import { type Entry, type Figures, interleave, type Subject } from '../harness.ts';
import { cpuMsOf, memoryOf } from '../process.ts';

const ROUNDS = 3;
const SESSIONS = 50;
const BURSTS = 20;
const MESSAGES = 20;
const COUNT = SESSIONS * BURSTS * MESSAGES;
const SAMPLE_MS = 50;

async function flood(stage: Stage): Promise<Figures> {
  const began = performance.now();
  const heard = stage.sessions.map((session) => stage.heard(session, BURSTS * MESSAGES));
  for (let burst = 0; burst < BURSTS; burst += 1)
    for (const session of stage.sessions) stage.say(session, MESSAGES);
  await Promise.all(heard);
  return { 'messages/s': (COUNT * 1_000) / (performance.now() - began) };
}

function flooded({ name, stage, bridge, spent }: Relay): Subject {
  return {
    name: `relay, ${name}`,
    async measure() {
      const idle = memoryOf(bridge);
      let most = idle;
      const sampler = setInterval(() => {
        most = Math.max(most, memoryOf(bridge));
      }, SAMPLE_MS);
      const [before, bridgeBefore] = [await spent(), cpuMsOf(bridge)];
      const figures = await flood(stage);
      clearInterval(sampler);
      const [after, bridgeAfter] = [await spent(), cpuMsOf(bridge)];
      return {
        ...figures,
        'bridge CPU us/message': ((bridgeAfter - bridgeBefore) * 1_000) / COUNT,
        'twin CPU us/message': ((after.all - before.all) * 1_000) / COUNT,
        'MB before': idle,
        'MB at the most': most,
      };
    },
  };
}

export const arenaFlood: Entry = {
  about: '20,000 messages from NATS at once: what a bridge does in a second, and its memory',
  async run() {
    const { relays, direct, close } = await openRelays(SESSIONS);
    const rows = await interleave(ROUNDS, [
      ...relays.map(flooded),
      { name: 'subscriber on NATS', measure: () => flood(direct) },
    ]);
    await close();
    return rows;
  },
};
