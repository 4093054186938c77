/** What the functions printed while the journeys ran. */
import { expect, test } from 'vitest';
import { LogHygiene } from '../support/log-hygiene.ts';
import { SECRETS } from './deployment.ts';
import { printedLines } from './printed.ts';

test('no line of the whole run holds a secret, a token, a ticket or a query string', async () => {
  const hygiene = new LogHygiene(SECRETS);
  const messages = new Set<unknown>();
  for (const line of await printedLines()) {
    hygiene.look(line);
    if (line.startsWith('{')) messages.add(JSON.parse(line).message);
  }
  // They are the lines of this run, and not of nothing.
  expect([...messages]).toEqual(expect.arrayContaining(['published', 'refused']));
  hygiene.verify();
});
