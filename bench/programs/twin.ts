/** The local twin, serving. Asked anything, it says how much CPU time it has used. */
import { startTwin } from '../../local/twin.ts';
import { cpuMs, serve } from '../child.ts';

const [token = ''] = process.argv.slice(2);
const twin = await startTwin({ port: 0, environment: { RELAY_WEBHOOK_TOKEN: token }, schedules: false });
await twin.warm();
serve(twin.url, async () => cpuMs(), twin.close);
