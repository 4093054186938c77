/**
 * Lists at the end of a run what was left out because the cloud cannot do it. A plugin rather than a reporter of the
 * configuration, which reporters on the command line would replace.
 */
import type { Plugin } from 'vitest/config';
import type { Reporter, TestModule } from 'vitest/node';
import { cloudKind } from './cloud.ts';
import { capabilities } from './clouds/capabilities.ts';
import { insiders } from './clouds/insiders.ts';

const reporter: Reporter = {
  onTestRunEnd(modules) {
    const { name, cannot } = cloudKind;
    const files = cannot.includes('inside') ? insiders : [];
    const tests = modules.flatMap(skipped);
    const lines = [
      `Left out on ${name}: ${files.length} files (inside), ${tests.length} tests`,
      ...cannot.map((capability) => `  ${capability}: ${capabilities[capability]}`),
      ...files.map((file) => `  - ${file}`),
      ...tests.map((test) => `  - ${test}`),
    ];
    process.stdout.write(`\n${lines.join('\n')}\n`);
  },
};

function skipped({ children, relativeModuleId }: TestModule): string[] {
  return [...children.allTests('skipped')].map(({ fullName }) => `${relativeModuleId} > ${fullName}`);
}

/** Says nothing on a cloud that can do everything. */
export const listLeftOut: Plugin = {
  name: 'relay:left-out',
  configureVitest({ vitest }) {
    if (cloudKind.cannot.length > 0) vitest.config.reporters.push(reporter);
  },
};
