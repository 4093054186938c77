/**
 * Where connections belong, remembered: a connection has one place for all its life, so a frame of one that is known reads nothing.
 */
import type { PeerConnections, PeerSessions, Place } from './ports.ts';
import { sideOf } from './session.ts';

export class Places {
  readonly #known = new Map<string, Place>();
  readonly #connections: Pick<PeerConnections, 'get'>;
  readonly #sessions: Pick<PeerSessions, 'get'>;
  readonly #most: number;

  /** `most`: how many are remembered; the longest unused is forgotten first. */
  constructor(
    {
      connections,
      sessions,
    }: { readonly connections: Pick<PeerConnections, 'get'>; readonly sessions: Pick<PeerSessions, 'get'> },
    most = 5_000,
  ) {
    this.#connections = connections;
    this.#sessions = sessions;
    this.#most = most;
  }

  /** Undefined for a connection that is in no session. */
  async of(id: string): Promise<Place | undefined> {
    const place = this.#known.get(id) ?? (await this.#find(id));
    if (!place) return undefined;
    this.#known.delete(id);
    this.#known.set(id, place);
    const oldest = this.#known.keys().next();
    if (this.#known.size > this.#most && !oldest.done) this.#known.delete(oldest.value);
    return place;
  }

  async #find(id: string): Promise<Place | undefined> {
    const connection = await this.#connections.get(id);
    const session = connection && (await this.#sessions.get(connection.session));
    const side = session && sideOf(session, id);
    return side && { session: session.id, instance: session.instance, side };
  }
}
