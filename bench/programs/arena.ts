/**
 * The local twin with a NATS server as its broker, and one bridge. It tells its address and the bridge's process; asked anything,
 * it says what CPU time it has used, without the bridge, and which AWS calls the bridge has made so far.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startTwin } from '../../local/twin.ts';
import { cpuSpent, serve } from '../child.ts';

const [natsUrl = ''] = process.argv.slice(2);
const calls: Record<string, number> = {};
const twin = await startTwin({
  port: 0,
  environment: {},
  schedules: false,
  context: { 'relay:natsUrl': natsUrl },
  onAwsCall({ functionName, operation }, proceed) {
    if (functionName.startsWith('NatsBridge')) calls[operation] = (calls[operation] ?? 0) + 1;
    return proceed();
  },
});
await twin.warm();
while (!(await works())) await sleep(100);
const [bridge] = twin.containers();
if (!bridge) throw new Error('there is no bridge');
serve({ url: twin.url, bridge: bridge.pid }, async () => ({ ...cpuSpent(), calls }), twin.close);

/** Whether messages are relayed: before that, those of core NATS are nobody's. */
async function works(): Promise<boolean> {
  const answer = await fetch(`${twin.url}/health`);
  const { nats_connected: isWorking } = (await answer.json()) as { nats_connected: boolean };
  return isWorking;
}
