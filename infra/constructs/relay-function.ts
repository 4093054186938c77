/**
 * A function of the relay with the house's defaults. It may do nothing but write its own log, and keep itself in a network
 * where it is put into one, until a `use…` method gives it a thing.
 *
 * Platform rule: the managed policies that Lambda roles usually carry allow log groups of any name, and interfaces in any
 * network: not here.
 */
import { Duration } from 'aws-cdk-lib';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { env, type RateSettings } from '../../shared/config.ts';
import { serviceName } from '../../shared/metrics.ts';
import type { Bundles, FunctionName } from '../bundles.ts';
import type { Settings } from '../settings.ts';
import type { Network } from './nats-network.ts';
import { letKeepInterfaces } from './network-interfaces.ts';
import { RelayProgram } from './relay-program.ts';
import type { RelaySecrets } from './relay-secrets.ts';

export interface RelayFunctionProps {
  readonly settings: Settings;
  readonly bundles: Bundles;
  readonly name: FunctionName;
  readonly description: string;
  readonly timeoutSeconds: number;
  /** CPU comes with memory: 1,769 MB are one core. */
  readonly memoryMb?: number;
  /** Environments that are this function's alone, and all that it can have. */
  readonly reservedConcurrency?: number;
  /** A network that it is put into, to reach what is in there; what is outside it then reaches by the network's ways alone. */
  readonly network?: Network | undefined;
}

export class RelayFunction extends RelayProgram {
  readonly handler: LambdaFunction;
  readonly name: FunctionName;
  /** It has environments of its own, and no others. */
  readonly isReserved: boolean;
  #takesHandOffs = false;
  #runsAMinute = 0;

  constructor(scope: Construct, id: string, props: RelayFunctionProps) {
    super(scope, id, props.settings, 'lambda.amazonaws.com');
    this.name = props.name;
    this.isReserved = props.reservedConcurrency !== undefined;
    this.handler = new LambdaFunction(this, 'Function', {
      description: props.description,
      code: props.bundles.code(props.name),
      handler: 'index.handler',
      // Not NODEJS_LATEST: that one moves with a release of the CDK.
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb ?? 512,
      timeout: Duration.seconds(props.timeoutSeconds),
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
      ...(props.network && {
        vpc: props.network.vpc,
        vpcSubnets: { subnets: [...props.network.subnets] },
        securityGroups: [...props.network.securityGroups],
      }),
      role: this.role,
      logGroup: this.logGroup,
      environment: { POWERTOOLS_SERVICE_NAME: serviceName },
    });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], this.logGroup.logGroupArn);
    if (props.network) letKeepInterfaces(this, this.role);
  }

  /** Another function hands work to it. */
  get takesHandOffs(): boolean {
    return this.#takesHandOffs;
  }

  /** How often the minute's schedule invokes it, each time. */
  get timesAMinute(): number {
    return this.#runsAMinute;
  }

  runsAMinute(times: number): void {
    this.#runsAMinute = times;
  }

  /**
   * Lets this function hand work to another and go on. Platform rules: the event may come late, twice or never; a try that is
   * a minute old comes too late for a client that waits.
   */
  useFunction(other: RelayFunction, variable: string): void {
    this.tell(variable, other.handler.functionName);
    other.#takesHandOffs = true;
    other.handler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.seconds(60) });
    this.allow(['lambda:InvokeFunction'], other.handler.functionArn);
  }

  /** Lets anyone open a stream, as the deployer asked for. */
  useOpenStreams(): void {
    this.tell(env.openStreams, '1');
  }

  /** Client tokens, by the shared secret and by the public keys that the deployer may have pointed at. */
  useClientTokens(secrets: RelaySecrets): void {
    this.useSecret(secrets, 'CLIENT_JWT_SECRET');
    const { clientJwksUrl } = this.settings;
    if (clientJwksUrl !== undefined) this.tell(env.clientJwksUrl, clientJwksUrl);
  }

  /** Whose pages may call the relay, where the deployer said so. */
  useAllowedOrigins(): void {
    const { allowedOrigins } = this.settings;
    if (allowedOrigins.length === 0) return;
    this.tell(env.allowedOrigins, JSON.stringify(allowedOrigins));
  }

  /** Lets anyone start sessions of the arena and feed them, as the deployer asked for. */
  useOpenArena(): void {
    this.tell(env.openArena, '1');
  }

  /** How many streams may run at once; they are counted in the table. */
  usePlaces(count: number): void {
    this.tell(env.sseStreams, String(count));
  }

  /** Holds its callers to their rates, which are kept in the table. */
  useRates(): void {
    const { tokenRate: token, addressRates: address } = this.settings;
    this.tell(env.rates, JSON.stringify({ token, address } satisfies RateSettings));
  }

  /** Lets peers in by their tokens. */
  usePeerTokens(secrets: RelaySecrets): void {
    this.useSecret(secrets, 'SECRET_KEY');
    this.tell(env.peerTokens, JSON.stringify(this.settings.peerTokens));
  }

  /** Holds sessions of peers to what they may use up. */
  usePeerLimits(): void {
    const { peerTimeoutSeconds, peerLimits } = this.settings;
    this.tell(env.peerTimeout, String(peerTimeoutSeconds));
    this.tell(env.peerLimits, JSON.stringify(peerLimits));
  }

  protected override tell(variable: string, value: string): void {
    this.handler.addEnvironment(variable, value);
  }
}
