/**
 * AWS credentials for the calls that are signed without the SDK. Lambda puts them into the environment, once; those of a
 * container come from its own endpoint, expire after some hours, and are asked for by the SDK.
 *
 * Platform rule: new ones are there well before the old ones expire (task-iam-roles in the ECS guide), and the SDK's provider gives
 * the new ones five minutes ahead, so that a look a minute is soon enough.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Credentials } from '../../shared/adapters/gateway/signature.ts';

const LOOK_MS = 60_000;

/** What the client's provider gave last. `report`: told of a look that failed; what is there serves until it expires. */
export async function followCredentials(
  { config }: DynamoDBClient,
  report: (error: unknown) => void,
): Promise<() => Credentials> {
  let current: Credentials = await config.credentials();
  const look = async () => {
    try {
      current = await config.credentials();
    } catch (error) {
      report(error);
    }
  };
  setInterval(look, LOOK_MS).unref();
  return () => current;
}
