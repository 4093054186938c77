/**
 * The relay's one table: channels, their logs, names, subscriptions and connections, told apart by the shape of `pk`.
 * Backed up continuously, because the log is what makes "nothing lost" true.
 *
 * Platform rule: DynamoDB deletes an expired item up to days after `exp`; whoever reads must look at `exp` too.
 */
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

export class RelayTable extends Table {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'exp',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: settings.removalPolicy,
    });
  }
}
