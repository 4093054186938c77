/**
 * The open connections of all WebSocket APIs, by id. An id that is not in here is gone, which is all that a 410 says.
 */

import type { Connection } from './connection.ts';

export class Connections {
  readonly #byId = new Map<string, Connection>();
  readonly #forgotten = new Set<string>();
  readonly #ever = new Set<string>();

  add(connection: Connection): void {
    this.#byId.set(connection.facts.id, connection);
    this.#ever.add(connection.facts.id);
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }

  find(id: string): Connection | undefined {
    return this.#byId.get(id);
  }

  /** Whether it is or was the id of a connection. */
  hasEverHad(id: string): boolean {
    return this.#ever.has(id);
  }

  all(): Connection[] {
    return [...this.#byId.values()];
  }

  /** Cuts a connection and lets no $disconnect follow, which is what happens on AWS when that event is lost. */
  vanish(id: string): void {
    const connection = this.#byId.get(id);
    if (!connection) return;
    this.#forgotten.add(id);
    connection.cut();
  }

  /** Whether the departure is to be kept from the functions. */
  isForgotten(id: string): boolean {
    return this.#forgotten.delete(id);
  }
}
