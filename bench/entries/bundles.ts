/** What would be uploaded for each function. `test/unit/infra/bundles.test.ts` holds the budget to it. */
import { findBundles } from '../bundles.ts';
import type { Entry } from '../harness.ts';

export const bundles: Entry = {
  about: 'size of each function, minified',
  async run() {
    return (await findBundles()).map(({ name, kilobytes }) => ({ name, KB: kilobytes }));
  },
};
