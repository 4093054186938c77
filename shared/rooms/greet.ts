/** The first packet of a transport: the client waits for it before it says anything. */
import type { Delivery } from '../core/deliver.ts';
import { postOnce } from './feed.ts';
import { holdDeadline } from './lease.ts';
import { openFrame } from './say.ts';

/**
 * `by`: one name for each invocation, so that of two that are given the same work one does it. `sid`: of the transport's
 * session; clients show it to nobody.
 */
export async function greet(
  relay: Delivery,
  id: string,
  { by, sid }: { readonly by: string; readonly sid: string },
): Promise<void> {
  const connection = await relay.connections.start(id, by);
  if (!connection) return;
  const { at, credential } = connection;
  await postOnce(relay, { connection: id, at, credential }, openFrame(sid), holdDeadline(relay));
}
