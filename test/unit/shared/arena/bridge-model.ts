/** Bridges over a broker, a lease and the engine's log in one world, each of which may die at any call. */
import { runBridge } from '../../../../shared/arena/bridge.ts';
import { Leadership } from '../../../../shared/arena/leadership.ts';
import { patiently, Stopped } from '../../../../shared/arena/patient.ts';
import type { Source } from '../../../../shared/arena/ports.ts';
import { publish } from '../../../../shared/core/publish.ts';
import { engineOn, readAll } from '../../../support/engine.ts';
import { Interleaving } from '../../../support/interleaving.ts';
import { MemoryBroker } from '../../../support/memory-broker.ts';
import { memoryLeases, memoryOutages, nothingNoted } from '../../../support/memory-leases.ts';
import { Crash, type Hooks, memoryWorld, stepUnder } from '../../../support/memory-world.ts';

const STEPS = 60_000;

export interface Running {
  readonly name: string;
  readonly leadership: Leadership;
  readonly stop: AbortController;
  /** What it told, in its order. */
  readonly told: string[];
  readonly errors: unknown[];
  /** The calls that it tried. */
  readonly calls: string[];
  isDead(): boolean;
  isOver: boolean;
}

interface Published {
  readonly session: string;
  readonly n: number;
  readonly at: number;
}

export class BridgeModel {
  readonly world = memoryWorld();
  readonly noted = nothingNoted();
  readonly broker: MemoryBroker;
  readonly published: Published[] = [];
  readonly bridges: Running[] = [];
  /** When the broker took the first subscription of all. */
  subscribedAt: number | undefined;
  readonly #interleaving: Interleaving;

  constructor(kind: Source['kind'], random: () => number) {
    this.#interleaving = new Interleaving(random, this.world.clock, 0);
    this.broker = new MemoryBroker(kind, {
      sleep: (ms) => this.#interleaving.sleep(ms),
      begin: (work) => this.#interleaving.begin(work),
      random,
    });
  }

  /** `crashAt`: the call at which it dies. `hooks`: what else befalls its calls. */
  start(crashAt?: number, hooks: Hooks = {}): Running {
    const name = `bridge-${this.bridges.length}`;
    const caller = this.#interleaving.caller(crashAt);
    const calls: string[] = [];
    const all: Hooks = {
      async before(call) {
        calls.push(call);
        await caller.hooks.before?.(call);
        await hooks.before?.(call);
      },
      after: (call) => {
        if (call === 'subscribe') this.subscribedAt ??= this.world.clock.now();
        caller.hooks.after?.(call);
        hooks.after?.(call);
      },
    };
    const clock = { now: () => this.world.clock.now(), sleep: caller.sleep };
    const leadership = new Leadership(memoryLeases(this.noted, all), clock, name);
    const running: Running = {
      name,
      leadership,
      stop: new AbortController(),
      told: [],
      errors: [],
      calls,
      isDead: caller.isDead,
      isOver: false,
    };
    const patience = { clock, mayGoOn: () => leadership.isHeld, report: () => undefined };
    const engine = engineOn(this.world.as(all));
    const relay = { ...engine, clock, log: patiently(engine.log, patience) };
    const tell = (what: string) => void running.told.push(what);
    const fail = (what: string) => (error?: unknown) => {
      tell(what);
      if (error !== undefined) running.errors.push(error);
    };
    const bridge = {
      broker: this.broker.seenBy(stepUnder(all), caller.isDead),
      leadership,
      outages: memoryOutages(this.noted, all),
      clock,
      async publish(batch: Parameters<typeof publish>[1][number]) {
        if (!leadership.isHeld) throw new Stopped('the lease is lost');
        await publish(relay, [batch]);
      },
      report: {
        connected: () => tell('connected'),
        disconnected: fail('disconnected'),
        working: () => tell('working'),
        standing: () => tell('standing'),
        outage: () => tell('outage'),
        passedOver: () => tell('passed over'),
        renewed: () => undefined,
        failed: fail('failed'),
      },
    };
    this.bridges.push(running);
    this.#interleaving.begin(this.#untilItEnds(running, runBridge(bridge, running.stop.signal)));
    return running;
  }

  async #untilItEnds(running: Running, run: Promise<void>): Promise<void> {
    try {
      await run;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    running.isOver = true;
  }

  /** A game's engine says something; it never waits for the relay. */
  say(session: string): void {
    const n = this.published.length;
    this.published.push({ session, n, at: this.world.clock.now() });
    this.broker.publish(`arena.${session}.event.n`, Buffer.from(String(n)));
  }

  /** Lets a game's engine talk for so long. */
  talk(ms: number, pauseMs = 150): void {
    const end = this.world.clock.now() + ms;
    const talking = async () => {
      while (this.world.clock.now() < end) {
        this.say(`s${this.published.length % 3}`);
        await this.#interleaving.sleep(pauseMs);
      }
    };
    this.#interleaving.begin(talking());
  }

  run(isOver: () => boolean): Promise<void> {
    return this.#interleaving.run(isOver, STEPS);
  }

  /** For hooks of a bridge whose calls are slow. */
  sleep(ms: number): Promise<void> {
    return this.#interleaving.sleep(ms);
  }

  /** Lets time pass with all that happens in it. */
  async pass(ms: number): Promise<void> {
    let isOver = false;
    const waiting = async () => {
      await this.#interleaving.sleep(ms);
      isOver = true;
    };
    this.#interleaving.begin(waiting());
    await this.run(() => isOver);
  }

  isWorking({ told, leadership }: Running): boolean {
    return told.findLast((what) => what !== 'outage') === 'working' && leadership.isHeld;
  }

  /** The numbers that are in a session's log, in its order. */
  async logged(session: string): Promise<number[]> {
    const entries = await readAll(this.world, `arena:${session}`);
    return entries.flatMap(({ json }) => (json === null ? [] : [JSON.parse(json).data]));
  }

  /** Numbers that are in no log. */
  async missing(): Promise<Published[]> {
    const sessions = [...new Set(this.published.map(({ session }) => session))];
    const logged = new Set((await Promise.all(sessions.map((session) => this.logged(session)))).flat());
    return this.published.filter(({ n }) => !logged.has(n));
  }

  isInOutage({ at }: Published): boolean {
    return [...this.noted.outages.values()].some(({ from, to }) => from <= at && at <= to);
  }
}
