/** Prints the events of a user as they come, each once and in order. SESSION_TOKEN is from `POST /api/user`. */
import { connect, type RelayEvent } from '@relay/client';

interface HookEvent extends RelayEvent {
  readonly event_type: string;
  readonly event_id: string;
  readonly payload: unknown;
}

const { RELAY = 'http://127.0.0.1:8787', SESSION_TOKEN } = process.env;
if (!SESSION_TOKEN) throw new Error('SESSION_TOKEN is not set');

const stream = connect<HookEvent>({
  url: `${RELAY}/api/rt`,
  sse: `${RELAY}/api/sse`,
  token: SESSION_TOKEN,
});
stream.on('state', (state) => process.stderr.write(`${state}\n`));

for await (const event of stream) {
  process.stdout.write(`${event.event_type} ${JSON.stringify(event.payload)}\n`);
}
