/** The storms take longest: begun first, they do not end long after everything else. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const isStorm = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/hostile/');

export class StormsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isStorm), ...sorted.filter((file) => !isStorm(file))];
  }
}
