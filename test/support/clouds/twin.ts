/** The local twin: each test file starts one for itself. It can do everything. */
import type { OnAwsCall } from '../../../local/aws/call.ts';
import type { Clock } from '../../../local/clock.ts';
import type { HostileOptions } from '../../../local/hostile/hostility.ts';
import type { OnInvoke } from '../../../local/lambda/functions.ts';
import { startTwin } from '../../../local/twin.ts';
import { LogHygiene } from '../log-hygiene.ts';
import { addresses } from './addresses.ts';
import type { Cloud, CloudKind, CloudOptions, Twin } from './cloud.ts';

export interface TwinCloud extends Cloud {
  readonly twin: Twin;
  /** What the functions wrote, and what the twin said about them. */
  readonly lines: readonly string[];
}

export interface TwinCloudOptions extends CloudOptions {
  readonly onAwsCall?: OnAwsCall;
  readonly onInvoke?: OnInvoke;
  /** A folder in place of the project's own assembly. */
  readonly assembly?: string;
  readonly hostile?: HostileOptions;
  /** The platform's; functions go on reading the real time. */
  readonly clock?: Clock;
  /** How many containers of each service run, in place of one. */
  readonly copies?: number;
}

/** For journeys that reach into the cloud: they break calls, delay functions or look at the tables. */
export async function startTwinCloud(options: TwinCloudOptions = {}): Promise<TwinCloud> {
  const { guarded = false, textFrames: _textAnyway, environment: besides, ...hooks } = options;
  const webhookToken = 'dev-secret';
  const clientBearer = guarded ? 'desktop-token' : undefined;
  const environment = {
    RELAY_WEBHOOK_TOKEN: webhookToken,
    ACCEPT_CLIENT_BEARER: clientBearer,
    MODAL_WEBHOOK_SECRET: 'modal-secret',
    SECRET_KEY: 'peer-secret-of-these-journeys-0001',
    ...besides,
  };
  const hygiene = new LogHygiene(environment);
  const lines: string[] = [];
  const log = (line: string) => {
    lines.push(line);
    hygiene.look(line);
  };
  // On a calm platform the minute's pass comes when a test says so; what dies on a hostile one is waited for.
  const schedules = hooks.hostile !== undefined;
  const twin = await startTwin({ port: 0, environment, log, schedules, ...hooks });
  const close = async () => {
    await twin.close();
    hygiene.verify();
  };
  const modalSecret = environment.MODAL_WEBHOOK_SECRET || undefined;
  const { SECRET_KEY: peerSecret } = environment;
  const arenaToken = besides?.ARENA_TOKEN || undefined;
  const secrets = { webhookToken, modalSecret, peerSecret, clientBearer, arenaToken };
  return { ...addresses(twin.url), ...secrets, printed: () => lines, close, twin, lines };
}

export const twin: CloudKind = { name: 'twin', cannot: [], start: startTwinCloud };
