/**
 * Where a journey runs. The same journeys serve every cloud: the local twin, which each test file starts for itself, or a
 * stage that is already there, named by RELAY_URL (and RELAY_WEBHOOK_TOKEN).
 */
import type { OnAwsCall } from '../../local/aws/call.ts';
import type { OnInvoke } from '../../local/lambda/functions.ts';
import { startTwin } from '../../local/twin.ts';

export type Twin = Awaited<ReturnType<typeof startTwin>>;

export interface Cloud {
  readonly httpUrl: string;
  readonly webhookToken: string;
  /** What a client connects to for a public path such as `/stream?tenant=t1`. */
  socketUrl(path: string): string;
  close(): Promise<void>;
  /** There when the cloud is the local twin. */
  readonly twin?: Twin;
}

export interface TwinCloud extends Cloud {
  readonly twin: Twin;
  /** What the functions wrote, and what the twin said about them. */
  readonly lines: readonly string[];
}

export interface CloudOptions {
  /** Sets ACCEPT_CLIENT_BEARER. */
  readonly clientBearer?: string;
}

export interface TwinCloudOptions extends CloudOptions {
  readonly onAwsCall?: OnAwsCall;
  readonly onInvoke?: OnInvoke;
  /** A folder in place of the project's own assembly. */
  readonly assembly?: string;
}

/** For journeys that need nothing but the relay's public face. */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const { RELAY_URL, RELAY_WEBHOOK_TOKEN } = process.env;
  if (RELAY_URL && options.clientBearer === undefined) {
    return {
      ...addresses(RELAY_URL.replace(/\/$/, '')),
      webhookToken: RELAY_WEBHOOK_TOKEN ?? '',
      close: async () => undefined,
    };
  }
  return startTwinCloud(options);
}

/** For journeys that reach into the cloud: they break calls, delay functions or look at the tables. */
export async function startTwinCloud(options: TwinCloudOptions = {}): Promise<TwinCloud> {
  const { clientBearer, ...hooks } = options;
  const webhookToken = 'dev-secret';
  const lines: string[] = [];
  const twin = await startTwin({
    port: 0,
    environment: {
      RELAY_WEBHOOK_TOKEN: webhookToken,
      ...(clientBearer === undefined ? {} : { ACCEPT_CLIENT_BEARER: clientBearer }),
    },
    log: (line: string) => void lines.push(line),
    schedules: false,
    ...hooks,
  });
  return { ...addresses(twin.url), webhookToken, close: () => twin.close(), twin, lines };
}

/** The public addresses of a relay at this URL. */
export function addresses(httpUrl: string): Pick<Cloud, 'httpUrl' | 'socketUrl'> {
  return { httpUrl, socketUrl: (path) => `${httpUrl.replace(/^http/, 'ws')}${path}` };
}
