/** GET /health: the relay answers. */
import { json } from './_edge/answer-problems.ts';

export async function handler() {
  return json(200, { status: 'ok', service: 'relay' });
}
