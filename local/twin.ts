/**
 * The local twin of the stack: reads a synthesized assembly and runs what is in it. Everything is wired here, and nothing
 * beside what the template says; the same function serves `npm start` and the tests.
 */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Context, prepareAssembly } from './assembly.ts';
import { type AwsService, compose, type OnAwsCall } from './aws/call.ts';
import { Door } from './aws/door.ts';
import { DynamoDb } from './aws/dynamodb.ts';
import { LambdaApi } from './aws/lambda-api.ts';
import { ManagementApi } from './aws/management-api.ts';
import { Permissions } from './aws/permission.ts';
import { SecretsManager } from './aws/secrets-manager.ts';
import { type Clock, systemClock } from './clock.ts';
import { type ContainerSeen, Containers } from './containers/containers.ts';
import { promptly } from './deliveries.ts';
import { Connections } from './gateway/connections.ts';
import { FunctionUrl } from './gateway/function-url.ts';
import { Gateway } from './gateway/gateway.ts';
import { HttpApi } from './gateway/http-api.ts';
import { type Readings, USUAL_READINGS } from './gateway/readings.ts';
import { type AccountLimits, AWS_LIMITS, Throttle } from './gateway/throttle.ts';
import { WebSocketApi } from './gateway/websocket-api.ts';
import { compressedClock } from './hostile/compressed-clock.ts';
import { type HostileOptions, Hostility, type Strike } from './hostile/hostility.ts';
import { LaggingDynamoDb } from './hostile/lagging-dynamodb.ts';
import { Functions, type OnInvoke } from './lambda/functions.ts';
import { Schedules } from './schedules.ts';
import { readStack } from './stack/stack.ts';

export interface TwinOptions {
  /** 0 for any free one. */
  port: number;
  host?: string;
  /** Values of the secrets, by the variable that a secret's tag names. Empty means unset. */
  environment: Record<string, string | undefined>;
  /** Where tables are kept; without it they live in memory. */
  dataDir?: string | undefined;
  /** Takes each line that a function or a container writes. */
  log?: (line: string) => void;
  onAwsCall?: OnAwsCall;
  onInvoke?: OnInvoke;
  clock?: Clock;
  /** Makes the platform as unkind as AWS may be, by a seed. */
  hostile?: HostileOptions | undefined;
  /** Quotas of the account, where they are to differ from AWS's own. */
  limits?: Partial<AccountLimits>;
  /** Whether rules fire by themselves; `fireSchedules` works either way. */
  schedules?: boolean;
  /** How many containers of each service run, in place of one. */
  copies?: number;
  /** Settings of the stack, as `cdk deploy -c <name>=<value>` takes them. */
  context?: Context;
  /** A synthesized assembly, in place of the project's own; it has its settings already. */
  assembly?: string;
}

export interface ConnectionSeen {
  id: string;
  apiId: string;
  query: Record<string, string>;
}

export interface Twin {
  url: string;
  port: number;
  awsEndpoint: string;
  /** Physical table names by construct name. */
  tables: Record<string, string>;
  outputs: Record<string, string>;
  functionNames: string[];
  invoke(functionName: string, event: unknown): Promise<unknown>;
  fireSchedules(): Promise<void>;
  connections(): ConnectionSeen[];
  /** Those that run right now. */
  containers(): ContainerSeen[];
  /** Ends one as a failing machine would; another one follows. */
  killContainer(pid: number): void;
  /** How the platform answers the open questions. */
  readings: Readings;
  /** What the hostile platform has done so far. */
  strikes(): readonly Strike[];
  /** Cuts a socket; the platform forgets it and no $disconnect follows. */
  vanish(connectionId: string): void;
  /** Loads each function once, so that the first request is quick. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export async function startTwin(options: TwinOptions): Promise<Twin> {
  const { log = () => {}, host = '127.0.0.1', onInvoke, hostile } = options;
  const { clock = hostile?.timesFaster ? compressedClock(hostile.timesFaster) : systemClock } = options;
  const stack = readStack(options.assembly ?? (await prepareAssembly(ROOT, options.context)));

  const containers = new Containers(stack.services, { root: ROOT, log, copies: options.copies ?? 1 });
  const connections = new Connections();
  const hostility = hostile && new Hostility(hostile, connections);
  const deliveries = hostility?.deliveries ?? promptly;
  const readings = hostility?.readings ?? USUAL_READINGS;
  const services = new Map<string, AwsService>();
  const door: Door = new Door({
    services,
    callerOf: (accessKeyId) => functions.environmentOf(accessKeyId) ?? containers.find(accessKeyId),
    permissions: new Permissions(log),
    onAwsCall: compose(options.onAwsCall, hostility?.onAwsCall),
  });
  const awsEndpoint = await door.open();
  const throttle = new Throttle({ ...AWS_LIMITS, ...options.limits }, clock);
  const functions = new Functions(stack.functions, {
    endpoint: awsEndpoint,
    clock,
    log,
    onInvoke,
    deliveries,
  });
  const database = new DynamoDb(options.dataDir && join(options.dataDir, 'dynamodb'));
  const lagging =
    hostility && new LaggingDynamoDb(database, new DynamoDb(undefined), stack.tables, hostility.lagMs);
  const schedules = new Schedules(stack.schedules, functions, clock);

  const httpApis = new Map<string, HttpApi>();
  const webSocketApis = new Map<string, WebSocketApi>();
  for (const api of stack.apis) {
    if (api.protocol === 'HTTP') httpApis.set(api.id, new HttpApi(api, functions, clock, throttle));
    else {
      const parts = { functions, connections, clock, deliveries, throttle, readings };
      webSocketApis.set(api.id, new WebSocketApi(api, parts));
    }
  }
  const functionUrls = new Map(
    stack.functionUrls.map((spec) => [spec.id, new FunctionUrl(spec, functions, clock)] as const),
  );
  const stages = new Map([...webSocketApis.values()].map(({ spec }) => [spec.id, spec.stages] as const));
  services.set('dynamodb', lagging ?? database);
  services.set('secretsmanager', new SecretsManager(stack.secrets, options.environment));
  services.set('lambda', new LambdaApi(functions));
  services.set('execute-api', new ManagementApi(connections, stages, throttle, readings));
  const gateway = new Gateway({ httpApis, webSocketApis, functionUrls, outputs: stack.outputs, door });

  async function close(): Promise<void> {
    schedules.stop();
    const ended = functions.close();
    for (const { facts } of connections.all()) connections.vanish(facts.id);
    gateway.close();
    // What a container still has to say to AWS, it says before it ends.
    await containers.close();
    door.close();
    await ended;
    await lagging?.close();
    await database.close();
  }

  try {
    await database.createTables(stack.tables);
    await lagging?.createTables(stack.tables);
    const port = await gateway.open(options.port, host);
    if (options.schedules ?? true) schedules.start();
    containers.start(awsEndpoint);
    return {
      url: `http://${host}:${port}`,
      port,
      awsEndpoint,
      tables: Object.fromEntries(stack.tables.map(({ name, physicalName }) => [name, physicalName])),
      outputs: stack.outputs,
      functionNames: stack.functions.map(({ name }) => name),
      invoke: (functionName, event) => functions.invoke(functionName, event),
      fireSchedules: () => schedules.fireAll(),
      connections: () =>
        connections.all().map(({ facts, query }) => ({
          id: facts.id,
          apiId: facts.apiId,
          query: Object.fromEntries(new URLSearchParams(query)),
        })),
      containers: () => containers.all(),
      killContainer: (pid) => containers.kill(pid),
      readings,
      strikes: () => hostility?.strikes ?? [],
      vanish: (connectionId) => connections.vanish(connectionId),
      warm: () => functions.warm(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
