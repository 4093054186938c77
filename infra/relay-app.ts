/**
 * The CDK app: the relay's stack and the rules that it is held to. AWS's own "Solutions" rules run at every synth; a
 * finding that no construct explains fails it, so a template with an unexplained finding cannot be deployed.
 *
 * Platform rule: without `env` a stack is environment-agnostic. It synthesizes with no account, credentials or look-ups.
 */
import { App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RelayStack } from './relay-stack.ts';
import { readSettings } from './settings.ts';

export interface RelayAppProps extends AppProps {
  /** Folder of the functions' entry points, for tests. */
  readonly functions?: string;
}

export class RelayApp extends App {
  readonly stack: RelayStack;

  constructor({ functions, ...props }: RelayAppProps = {}) {
    super(props);
    const settings = readSettings(this.node.getAllContext());
    this.stack = new RelayStack(this, 'Relay', functions ? { settings, functions } : { settings });
    Validations.of(this).addPlugins(new AwsSolutionsChecks(this));
  }
}
