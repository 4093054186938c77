/**
 * The rules of EventBridge: each target is invoked asynchronously when its rule is due.
 */

import type { Clock } from './clock.ts';
import { ACCOUNT, newRequestId, REGION } from './ids.ts';
import type { Functions } from './lambda/functions.ts';
import { isPermitted } from './stack/functions.ts';
import type { ScheduleSpec } from './stack/schedules.ts';

export class Schedules {
  readonly #schedules: ScheduleSpec[];
  readonly #functions: Functions;
  readonly #clock: Clock;
  readonly #cancel = new Map<ScheduleSpec, () => void>();

  constructor(schedules: ScheduleSpec[], functions: Functions, clock: Clock) {
    this.#schedules = schedules;
    this.#functions = functions;
    this.#clock = clock;
  }

  start(): void {
    for (const schedule of this.#schedules) this.#arm(schedule);
  }

  stop(): void {
    for (const cancel of this.#cancel.values()) cancel();
    this.#cancel.clear();
  }

  /** Every target of every rule once, now; resolves when all have run. */
  async fireAll(): Promise<void> {
    await Promise.all(this.#schedules.map((schedule) => this.#fire(schedule)));
  }

  #arm(schedule: ScheduleSpec): void {
    const cancel = this.#clock.after(schedule.everyMs, () => {
      this.#arm(schedule);
      void this.#fire(schedule);
    });
    this.#cancel.set(schedule, cancel);
  }

  async #fire(schedule: ScheduleSpec): Promise<void> {
    const event = this.#makeEvent(schedule);
    await Promise.all(
      schedule.targets.map(async ({ functionArn, input }) => {
        const spec = this.#functions.find(functionArn);
        // Without a permission EventBridge counts a failed invocation, and that is all that happens.
        if (!spec || !isPermitted(spec, 'events.amazonaws.com', schedule.arn)) return;
        const own: unknown = input === undefined ? event : JSON.parse(input);
        await this.#functions.invokeLater(functionArn, own);
      }),
    );
  }

  #makeEvent({ arn }: ScheduleSpec) {
    return {
      version: '0',
      id: newRequestId(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: ACCOUNT,
      time: new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      region: REGION,
      resources: [arn],
      detail: {},
    };
  }
}
