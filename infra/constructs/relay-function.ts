/**
 * A function of the relay with the house's defaults. It may do nothing but write its own log until a `use…` method
 * gives it a thing; that one call sets the environment and the permission, so neither can be forgotten.
 *
 * Platform rules: the managed policy that Lambda roles usually carry allows log groups of any name: not here. Without a
 * log group of its own, a function's log is kept for ever.
 */
import { Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { env, type RateSettings, type SecretVariable } from '../../shared/config.ts';
import { serviceName } from '../../shared/metrics.ts';
import type { Bundles, FunctionName } from '../bundles.ts';
import type { Settings } from '../settings.ts';
import type { RelaySecrets } from './relay-secrets.ts';
import type { RelayTable } from './relay-table.ts';
import type { ConnectionsVerb, WebSocketRelayApi } from './websocket-api.ts';

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
}

export const tableActions = ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'] as const;

export type TableAction = (typeof tableActions)[number];

export class RelayFunction extends Construct {
  readonly handler: LambdaFunction;
  readonly name: FunctionName;
  /** It has environments of its own, and no others. */
  readonly isReserved: boolean;
  readonly #settings: Settings;
  #takesHandOffs = false;
  #runsAMinute = 0;

  constructor(scope: Construct, id: string, props: RelayFunctionProps) {
    super(scope, id);
    this.#settings = props.settings;
    this.name = props.name;
    this.isReserved = props.reservedConcurrency !== undefined;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.settings.logRetentionDays,
      removalPolicy: props.settings.removalPolicy,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
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
      role,
      logGroup,
      environment: { POWERTOOLS_SERVICE_NAME: serviceName },
    });
    this.#allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
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

  useTable(table: RelayTable, ...actions: readonly TableAction[]): void {
    this.handler.addEnvironment(env.table, table.tableName);
    this.handler.addEnvironment(env.retentionHours, JSON.stringify(this.#settings.retentionHours));
    this.#allow(
      actions.map((action) => `dynamodb:${action}`),
      table.tableArn,
    );
  }

  useSecret(secrets: RelaySecrets, variable: SecretVariable): void {
    const arn = secrets.arn(variable);
    this.handler.addEnvironment(env.secret(variable), arn);
    this.#allow(['secretsmanager:GetSecretValue'], arn);
  }

  /**
   * Lets this function hand work to another and go on. Platform rules: the event may come late, twice or never; a try that is
   * a minute old comes too late for a client that waits.
   */
  useFunction(other: RelayFunction, variable: string): void {
    this.handler.addEnvironment(variable, other.handler.functionName);
    other.#takesHandOffs = true;
    other.handler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.seconds(60) });
    this.#allow(['lambda:InvokeFunction'], other.handler.functionArn);
  }

  /** Lets anyone open a stream, as the deployer asked for. */
  useOpenStreams(): void {
    this.handler.addEnvironment(env.openStreams, '1');
  }

  /** Client tokens, by the shared secret and by the public keys that the deployer may have pointed at. */
  useClientTokens(secrets: RelaySecrets): void {
    this.useSecret(secrets, 'CLIENT_JWT_SECRET');
    const { clientJwksUrl } = this.#settings;
    if (clientJwksUrl !== undefined) this.handler.addEnvironment(env.clientJwksUrl, clientJwksUrl);
  }

  /** Whose pages may call the relay, where the deployer said so. */
  useAllowedOrigins(): void {
    const { allowedOrigins } = this.#settings;
    if (allowedOrigins.length === 0) return;
    this.handler.addEnvironment(env.allowedOrigins, JSON.stringify(allowedOrigins));
  }

  /** Lets anyone start sessions of the arena and feed them, as the deployer asked for. */
  useOpenArena(): void {
    this.handler.addEnvironment(env.openArena, '1');
  }

  /** The NATS servers, where the deployer named any. Their bridge is asked for by the name of the table. */
  useNats(secrets: RelaySecrets, table: RelayTable): void {
    const { natsUrl } = this.#settings;
    if (natsUrl === undefined) return;
    this.handler.addEnvironment(env.natsUrl, natsUrl);
    this.handler.addEnvironment(env.table, table.tableName);
    this.useSecret(secrets, 'NATS_CREDENTIALS');
  }

  /** How many streams may run at once; they are counted in the table. */
  usePlaces(count: number): void {
    this.handler.addEnvironment(env.sseStreams, String(count));
  }

  /** Holds its callers to their rates, which are kept in the table. */
  useRates(): void {
    const { tokenRate: token, addressRates: address } = this.#settings;
    this.handler.addEnvironment(env.rates, JSON.stringify({ token, address } satisfies RateSettings));
  }

  /** Lets peers in by their tokens. */
  usePeerTokens(secrets: RelaySecrets): void {
    this.useSecret(secrets, 'SECRET_KEY');
    this.handler.addEnvironment(env.peerTokens, JSON.stringify(this.#settings.peerTokens));
  }

  /** Holds sessions of peers to what they may use up. */
  usePeerLimits(): void {
    const { peerTimeoutSeconds, peerLimits } = this.#settings;
    this.handler.addEnvironment(env.peerTimeout, String(peerTimeoutSeconds));
    this.handler.addEnvironment(env.peerLimits, JSON.stringify(peerLimits));
  }

  useConnections(api: WebSocketRelayApi, ...verbs: readonly ConnectionsVerb[]): void {
    this.handler.addEnvironment(env.connectionsEndpoint, api.connectionsEndpoint);
    for (const verb of verbs) {
      this.#allow(['execute-api:ManageConnections'], api.connectionsArn(verb));
      Validations.of(this).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${api.connectionsArnAsReported(verb)}]`,
        reason: `A connection's id is not known before it connects; the API, the stage and the verb ${verb} are fixed.`,
      });
    }
  }

  #allow(actions: string[], resource: string): void {
    this.handler.addToRolePolicy(new PolicyStatement({ actions, resources: [resource] }));
  }
}
