/** The local twin: each test file starts one for itself. It can do everything. */
import type { OnAwsCall } from '../../../local/aws/call.ts';
import type { HostileOptions } from '../../../local/hostile/hostility.ts';
import type { OnInvoke } from '../../../local/lambda/functions.ts';
import { startTwin } from '../../../local/twin.ts';
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
  readonly hostile?: HostileOptions;
}

/** For journeys that reach into the cloud: they break calls, delay functions or look at the tables. */
export async function startTwinCloud(options: TwinCloudOptions = {}): Promise<TwinCloud> {
  const { guarded = false, environment, ...hooks } = options;
  const webhookToken = 'dev-secret';
  const clientBearer = guarded ? 'desktop-token' : undefined;
  const lines: string[] = [];
  const twin = await startTwin({
    port: 0,
    environment: { RELAY_WEBHOOK_TOKEN: webhookToken, ACCEPT_CLIENT_BEARER: clientBearer, ...environment },
    log: (line: string) => void lines.push(line),
    schedules: false,
    ...hooks,
  });
  return { ...addresses(twin.url), webhookToken, clientBearer, close: () => twin.close(), twin, lines };
}

export const twin: CloudKind = { name: 'twin', cannot: [], start: startTwinCloud };
