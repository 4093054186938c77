/**
 * Hands work to another function and does not wait for it. Platform rule: an asynchronous invocation may come late, twice
 * or never, so whatever is handed off must be found by somebody else as well.
 */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

/** Resolves when Lambda has taken the event, which says nothing of its being done. */
export type HandOff = (event: unknown) => Promise<void>;

export function openHandOff(functionName: string): HandOff {
  const client = new LambdaClient({ maxAttempts: 3 });
  return async (event) => {
    await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify(event)),
      }),
    );
  };
}
