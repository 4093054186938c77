/**
 * What `cdk synth` and `cdk deploy` run. A setting that does not hold ends in one line and exit code 1: a stack trace
 * would only hide which setting it was.
 */
import { RelayApp } from './relay-app.ts';
import { SettingsError } from './settings.ts';

try {
  new RelayApp().synth();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
