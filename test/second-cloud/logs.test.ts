/** What the functions and the bridge printed while the journeys ran: read back from the stack's log groups, and the bridge's own lines. */
import { expect, test } from 'vitest';
import { LogHygiene } from '../support/log-hygiene.ts';
import { bridgeLines } from './bridge.ts';
import { REGION, readEndpoint, SECRETS } from './deployment.ts';

/** A call of CloudWatch Logs in its own HTTP form: its SDK client is no part of the project. */
async function logs<Answer>(operation: string, body: object): Promise<Answer> {
  const credential = `test/20260101/${REGION}/logs/aws4_request`;
  const response = await fetch(readEndpoint(), {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${operation}`,
    },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

async function* pagesOf<Page extends { nextToken?: string }>(
  operation: string,
  body: object,
): AsyncGenerator<Page> {
  let nextToken: string | undefined;
  do {
    const page: Page = await logs(operation, { ...body, ...(nextToken && { nextToken }) });
    yield page;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

test('no line of the whole run holds a secret, a token, a ticket or a query string', async () => {
  const groups: string[] = [];
  for await (const page of pagesOf<{ logGroups: { logGroupName: string }[]; nextToken?: string }>(
    'DescribeLogGroups',
    {},
  )) {
    groups.push(...page.logGroups.map(({ logGroupName }) => logGroupName));
  }
  const hygiene = new LogHygiene(SECRETS);
  const messages = new Set<unknown>();
  for (const logGroupName of groups) {
    for await (const page of pagesOf<{ events: { message: string }[]; nextToken?: string }>(
      'FilterLogEvents',
      { logGroupName },
    )) {
      for (const { message } of page.events) {
        hygiene.look(message);
        if (message.startsWith('{')) messages.add(JSON.parse(message).message);
      }
    }
  }
  for (const line of bridgeLines()) {
    hygiene.look(line);
    messages.add(JSON.parse(line).message);
  }
  // They are the lines of this run, and not of nothing.
  expect([...messages]).toEqual(expect.arrayContaining(['published', 'refused', 'nats_bridging']));
  hygiene.verify();
});
