/**
 * The bridge from NATS as whoever runs it elsewhere does: a process beside the NATS server, with the outputs of the stack. It is
 * begun by one step of the run and outlives it, so its process id stands in the run's folder, as its lines do.
 */
import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings } from '../../infra/settings.ts';
import { env } from '../../shared/config.ts';
import { until } from '../support/until.ts';
import { apisUrl, REGION, readEndpoint, readNatsUrl, readOutputs, secondCloudFolder } from './deployment.ts';
import { PINNED_NODE } from './ministack.ts';

const inFolder = (name: string): string => join(secondCloudFolder(), name);
const pidFile = (): string => inFolder('bridge.pid');
const logFile = (): string => inFolder('bridge.log');

export async function startBridge(): Promise<void> {
  const { TableName, EventsApiId, EventsStage, NatsCredentialsSecret } = readOutputs();
  const log = openSync(logFile(), 'a');
  const child = spawn(join(PINNED_NODE, 'node'), ['functions/nats-bridge/main.ts'], {
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      PATH: `${PINNED_NODE}:/usr/bin:/bin`,
      AWS_ENDPOINT_URL: readEndpoint(),
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      [env.table]: TableName,
      [env.retentionHours]: JSON.stringify(readSettings({}).retentionHours),
      [env.connectionsEndpoint]: `${apisUrl()}/${EventsApiId}/${EventsStage}`,
      [env.natsUrl]: readNatsUrl(),
      [env.secret('NATS_CREDENTIALS')]: NatsCredentialsSecret,
    },
  });
  if (child.pid === undefined) throw new Error('the bridge could not be started');
  await writeFile(pidFile(), String(child.pid));
  child.unref();
}

/** What it has printed. */
export function bridgeLines(): string[] {
  return readFileSync(logFile(), 'utf8').split('\n').filter(Boolean);
}

/** As the platform ends it: it puts down what it holds. */
export async function stopBridge(): Promise<void> {
  const pid = endBridge('SIGTERM');
  if (pid !== undefined) await until('the bridge has ended', () => (isRunning(pid) ? undefined : true));
}

/** At once, whatever it does; also where it runs no more. */
export function killBridge(): void {
  endBridge('SIGKILL');
}

function endBridge(signal: NodeJS.Signals): number | undefined {
  if (!existsSync(pidFile())) return undefined;
  const pid = Number(readFileSync(pidFile(), 'utf8'));
  rmSync(pidFile());
  if (!isRunning(pid)) return undefined;
  process.kill(pid, signal);
  return pid;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
