/**
 * Coming back to 1,000 missed events: the client says `start` with its cursor once, and everything comes. Beside it, in the same
 * run, the time of a ping and its pong, which is what one round trip takes.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { startTwin, type Twin } from '../../local/twin.ts';
import { type Entry, interleave } from '../harness.ts';
import { makeSenders } from '../load.ts';

const ROUNDS = 10;
const MISSED = 1_000;
const TOKEN = 'bench-token';
const event = (n: number) => ({ type: 'progress', tenant: 'bench', job_id: 'job-1', n });

interface Answer {
  readonly type?: string;
  readonly head?: string;
  readonly events?: readonly unknown[];
}

export const resume: Entry = {
  about: 'coming back to 1,000 missed events, beside a ping and its pong',
  async run() {
    const twin = await startTwin({ port: 0, environment: { RELAY_WEBHOOK_TOKEN: TOKEN }, schedules: false });
    const senders = makeSenders(twin.url, TOKEN, 1);
    try {
      const begin = await headOf(twin);
      await senders.send(
        Array.from({ length: MISSED }, (_, n) => event(n)),
        1,
      );
      return await interleave(ROUNDS, [
        {
          name: 'ping and pong',
          measure: () => ask(twin, { action: 'ping' }, ({ type }) => type === 'pong'),
        },
        {
          name: `${MISSED} missed events`,
          measure: () =>
            ask(
              twin,
              { action: 'resume', after: begin },
              ({ type, head }) => type === 'events' && head !== undefined,
            ),
        },
      ]);
    } finally {
      senders.close();
      await twin.close();
    }
  },
};

/** Opens a socket, waits until it is live, asks once, and reads until the answer is complete. */
async function ask(
  twin: Twin,
  question: object,
  isLast: (answer: Answer) => boolean,
): Promise<Record<string, number>> {
  const socket = new WebSocket(`${twin.url.replace('http', 'ws')}/stream?tenant=bench`, ['relay.v1']);
  const answers: Answer[] = [];
  const ready = Promise.withResolvers<void>();
  const last = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    const answer: Answer = JSON.parse(data.toString());
    if (answer.type === 'ready') return ready.resolve();
    answers.push(answer);
    if (isLast(answer)) last.resolve();
  });
  await once(socket, 'open');
  await ready.promise;
  const began = performance.now();
  socket.send(JSON.stringify(question));
  await last.promise;
  const ms = performance.now() - began;
  socket.terminate();
  const events = answers.reduce((count, answer) => count + (answer.events?.length ?? 0), 0);
  return { questions: 1, frames: answers.length, events, ms };
}

async function headOf(twin: Twin): Promise<string> {
  const socket = new WebSocket(`${twin.url.replace('http', 'ws')}/stream?tenant=bench`, ['relay.v1']);
  const [data] = await once(socket, 'message');
  socket.terminate();
  return String(JSON.parse(String(data)).head);
}
