/**
 * What runs the relay's code, whatever starts it: a function, or a container. Each has a role and a log group of its own and
 * may do nothing with the stack's things until a `use…` method gives it one; that one call sets the environment and the
 * permission, so neither can be forgotten.
 *
 * Platform rule: without a log group of its own, a log is kept for ever.
 */
import { Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { env, type SecretVariable } from '../../shared/config.ts';
import type { Settings } from '../settings.ts';
import type { RelaySecrets } from './relay-secrets.ts';
import type { RelayTable } from './relay-table.ts';
import type { ConnectionsVerb, WebSocketRelayApi } from './websocket-api.ts';

export const tableActions = ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'] as const;

export type TableAction = (typeof tableActions)[number];

export abstract class RelayProgram extends Construct {
  protected readonly settings: Settings;
  protected readonly logGroup: LogGroup;
  /** In whose name the code calls AWS. */
  protected readonly role: Role;

  /** `runner`: the AWS service that starts it and assumes its role. */
  constructor(scope: Construct, id: string, settings: Settings, runner: string) {
    super(scope, id);
    this.settings = settings;
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: settings.logRetentionDays,
      removalPolicy: settings.removalPolicy,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal(runner) });
  }

  useTable(table: RelayTable, ...actions: readonly TableAction[]): void {
    this.tell(env.table, table.tableName);
    this.tell(env.retentionHours, JSON.stringify(this.settings.retentionHours));
    if (actions.length === 0) return;
    this.allow(
      actions.map((action) => `dynamodb:${action}`),
      table.tableArn,
    );
  }

  useSecret(secrets: RelaySecrets, variable: SecretVariable): void {
    const arn = secrets.arn(variable);
    this.tell(env.secret(variable), arn);
    this.allow(['secretsmanager:GetSecretValue'], arn);
  }

  useConnections(api: WebSocketRelayApi, ...verbs: readonly ConnectionsVerb[]): void {
    this.tell(env.connectionsEndpoint, api.connectionsEndpoint);
    for (const verb of verbs) {
      this.allow(['execute-api:ManageConnections'], api.connectionsArn(verb));
      Validations.of(this).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${api.connectionsArnAsReported(verb)}]`,
        reason: `A connection's id is not known before it connects; the API, the stage and the verb ${verb} are fixed.`,
      });
    }
  }

  /** The NATS servers, where the deployer named any. Their bridge is asked for by the name of the table. */
  useNats(secrets: RelaySecrets, table: RelayTable): void {
    const { natsUrl } = this.settings;
    if (natsUrl === undefined) return;
    this.tell(env.natsUrl, natsUrl);
    this.tell(env.table, table.tableName);
    this.useSecret(secrets, 'NATS_CREDENTIALS');
  }

  /** Sets a variable of its environment. */
  protected abstract tell(variable: string, value: string): void;

  protected allow(actions: string[], ...resources: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources }));
  }
}
