/** Deploy, then the journeys, then update, then a look at all logs, then destroy. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const first = ['deploy'];
const last = ['update', 'logs', 'destroy'];

function place({ moduleId }: TestSpecification): number {
  const [, step = ''] = /second-cloud\/(\w+)\.test\.ts$/.exec(moduleId) ?? [];
  return first.includes(step) ? -1 : last.indexOf(step) + 1;
}

export class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => place(a) - place(b) || a.moduleId.localeCompare(b.moduleId));
  }
}
