/**
 * Once a minute, one pass over the connections of an API, in parts that run side by side.
 *
 * Platform rules: a rule has at most five targets. EventBridge repeats an invocation it could not deliver for up to a
 * day, and Lambda repeats one that failed twice: both are switched off, the next minute's sweep does the work anyway.
 */
import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { RelayFunction } from './relay-function.ts';

export class MinuteSchedule extends Construct {
  constructor(scope: Construct, id: string, sweeper: RelayFunction, parts: number) {
    super(scope, id);
    sweeper.runsAMinute(parts);
    const once = { retryAttempts: 0, maxEventAge: Duration.seconds(60) };
    sweeper.handler.configureAsyncInvoke(once);
    new Rule(this, 'Rule', {
      description: 'The relay sweeps its connections once a minute.',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: Array.from({ length: parts }, (_, part) => {
        const event = RuleTargetInput.fromObject({ sweep: { part, of: parts } });
        return new LambdaFunction(sweeper.handler, { event, ...once });
      }),
    });
  }
}
