/**
 * The local twin, serving. Asked anything, it says how much CPU time it has used, and how much of that its main thread:
 * every environment has a thread of its own, so that the main one is where a busy twin ends.
 */
import { startTwin } from '../../local/twin.ts';
import { cpuSpent, serve } from '../child.ts';

const [token = '', peerSecret] = process.argv.slice(2);
const environment = { RELAY_WEBHOOK_TOKEN: token, SECRET_KEY: peerSecret };
const twin = await startTwin({ port: 0, environment, schedules: false });
await twin.warm();
serve(twin.url, async () => cpuSpent(), twin.close);
