/**
 * Lists at the end of a run what was left out because the cloud cannot do it. A plugin rather than a reporter of the
 * configuration, which reporters on the command line would replace.
 */
import type { Plugin } from 'vitest/config';
import type { Reporter, TestModule } from 'vitest/node';
import { cloudKind } from './cloud.ts';
import { insiders } from './clouds/insiders.ts';

const reporter: Reporter = {
  onTestRunEnd(modules) {
    const { name, cannot } = cloudKind;
    const tests = modules.flatMap(skipped);
    const files = cannot.includes('inside') ? insiders.map((file) => `${file} (inside)`) : [];
    const lines = [...files, ...tests].map((line) => `  ${line}\n`).join('');
    process.stdout.write(`\nLeft out on ${name}: ${files.length} files, ${tests.length} tests\n${lines}`);
  },
};

function skipped({ children }: TestModule): string[] {
  return [...children.allTests('skipped')].map(
    (test) => `${test.module.relativeModuleId} > ${test.fullName}`,
  );
}

/** Says nothing on a cloud that can do everything. */
export const listLeftOut: Plugin = {
  name: 'relay:left-out',
  configureVitest({ vitest }) {
    if (cloudKind.cannot.length > 0) vitest.config.reporters.push(reporter);
  },
};
