/** Prints the events of a tenant as they come, each once and in order, over disconnects and restarts of the relay. */
import { connect, type RelayEvent } from '@relay/client';

interface Progress extends RelayEvent {
  readonly type: 'status' | 'progress' | 'job_completed';
  readonly job_id: string;
  readonly progress_percent?: number;
}

const { RELAY = 'http://127.0.0.1:8787', TENANT = 't1', ACCEPT_CLIENT_BEARER: token } = process.env;
const query = `tenant=${encodeURIComponent(TENANT)}`;

const stream = connect<Progress>({
  url: `${RELAY}/stream?${query}`,
  sse: `${RELAY}/stream/sse?${query}`,
  ...(token ? { token } : {}),
});
stream.on('state', (state) => process.stderr.write(`${state}\n`));
stream.on('gap', ({ from, to }) => process.stderr.write(`lost: what came after ${from}, up to ${to}\n`));

for await (const event of stream) {
  process.stdout.write(`${event.job_id}: ${event.type} ${event.progress_percent ?? ''}\n`);
}
