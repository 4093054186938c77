/**
 * The ECS service, as far as it can be noticed: it keeps the containers of each service running. One that has ended is started
 * again after a second; one that ends again and again has to wait longer each time.
 */

import { existsSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import type { ServiceSpec } from '../stack/services.ts';
import { Container } from './container.ts';

const RESTART_MS = 1_000;
const LONGEST_RESTART_MS = 10_000;
/** What has run for so long has not died at once. */
const STEADY_MS = 10_000;

export interface ContainersOptions {
  /** The project's, below which entries are. */
  root: string;
  log: (line: string) => void;
  /** Of each service; on AWS the template says how many. */
  copies: number;
}

export interface ContainerSeen {
  service: string;
  pid: number;
}

export class Containers {
  readonly #options: ContainersOptions;
  readonly #services: { spec: ServiceSpec; file: string }[];
  readonly #running = new Map<string, Container>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  #isClosed = false;

  /** Throws where there is nothing to run. */
  constructor(specs: ServiceSpec[], options: ContainersOptions) {
    this.#options = options;
    this.#services = specs.map((spec) => ({ spec, file: findEntry(spec, options.root) }));
  }

  /** `endpoint`: the AWS door. */
  start(endpoint: string): void {
    for (const { spec, file } of this.#services) {
      for (let copy = 0; copy < this.#options.copies; copy += 1) this.#run(spec, file, endpoint, RESTART_MS);
    }
  }

  /** Whose access key it is; a container that has ended has none. */
  find(accessKeyId: string): Container | undefined {
    return this.#running.get(accessKeyId);
  }

  all(): ContainerSeen[] {
    return [...this.#running.values()].flatMap(({ spec, pid }) =>
      pid === undefined ? [] : [{ service: spec.name, pid }],
    );
  }

  /** Ends one in the middle of whatever it does; the next one follows. */
  kill(pid: number): void {
    const container = [...this.#running.values()].find((running) => running.pid === pid);
    if (!container) throw new Error(`there is no container with the process id ${pid}`);
    container.kill();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const restart of this.#restarts) clearTimeout(restart);
    await Promise.all([...this.#running.values()].map((container) => container.stop()));
  }

  /** `patience`: how long to wait if this one dies at once. */
  #run(spec: ServiceSpec, file: string, endpoint: string, patience: number): void {
    const { log } = this.#options;
    const startedAt = performance.now();
    const container = new Container(spec, {
      file,
      endpoint,
      log,
      ended: ({ cause, isOrdered }) => {
        this.#running.delete(container.credentials.accessKeyId);
        if (this.#isClosed) return;
        log(JSON.stringify({ level: 'ERROR', message: 'Container ended', service: spec.name, cause }));
        const diedAtOnce = !isOrdered && performance.now() - startedAt < STEADY_MS;
        const wait = diedAtOnce ? patience : RESTART_MS;
        const next = diedAtOnce ? Math.min(2 * patience, LONGEST_RESTART_MS) : RESTART_MS;
        this.#later(wait, () => this.#run(spec, file, endpoint, next));
      },
    });
    this.#running.set(container.credentials.accessKeyId, container);
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      act();
    }, ms);
    this.#restarts.add(timer);
  }
}

function findEntry({ name, entry }: ServiceSpec, root: string): string {
  const file = resolve(root, entry);
  const path = relative(root, file);
  if (path === '..' || path.startsWith(`..${sep}`)) {
    throw new Error(`${name}: its entry ${entry} is outside of the project`);
  }
  if (!existsSync(file)) throw new Error(`${name}: its entry ${entry} does not exist`);
  return file;
}
