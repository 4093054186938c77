/** What the functions of the second cloud have printed, read back from the stack's log groups. */
import { REGION, readEndpoint } from './deployment.ts';

interface Groups {
  readonly logGroups: readonly { readonly logGroupName: string }[];
  readonly nextToken?: string;
}

interface Events {
  readonly events: readonly { readonly message: string }[];
  readonly nextToken?: string;
}

/** Every line so far, group by group. */
export async function printedLines(): Promise<string[]> {
  const lines: string[] = [];
  for await (const { logGroups } of pagesOf<Groups>('DescribeLogGroups', {})) {
    for (const { logGroupName } of logGroups) {
      for await (const { events } of pagesOf<Events>('FilterLogEvents', { logGroupName })) {
        lines.push(...events.map(({ message }) => message));
      }
    }
  }
  return lines;
}

async function* pagesOf<Page extends { readonly nextToken?: string }>(
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
  if (!response.ok) throw new Error(`${operation} was answered with ${response.status}`);
  return (await response.json()) as Answer;
}
