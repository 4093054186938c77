/**
 * One SDK call as the door has understood it: who calls which operation of which service. The services behind the door and the
 * tests' hook see the same.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { AwsAnswer } from './answer.ts';
import type { Caller } from './caller.ts';
import type { Need } from './policy.ts';

export interface AwsRequest {
  /** Undefined for the developer's own key. */
  caller: Caller | undefined;
  service: string;
  operation: string;
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface AwsService {
  operationOf(method: string, path: string, headers: IncomingHttpHeaders): string;
  /** Everything that the call needs to be allowed; nothing for an operation that the service does not know. */
  needs(request: AwsRequest): Need[];
  answer(request: AwsRequest): AwsAnswer | Promise<AwsAnswer>;
}

/** What a test sees of a call. */
export interface AwsCall {
  /** Of the calling function, or of the service whose container calls. */
  functionName: string;
  environmentId: string;
  /** What the calling environment was invoked with: JSON text. Of a container, empty. */
  event: string;
  service: string;
  operation: string;
  path: string;
  body: unknown;
  needs: Need[];
  /** Ends the calling environment or container at once, in the middle of its work. */
  kill(): void;
}

/** An answer, or none: then the connection breaks off, and the caller does not learn what became of its call. */
export type MaybeAnswer = AwsAnswer | undefined;

/** Wraps every SDK call; what it returns is what the caller gets. */
export type OnAwsCall = (call: AwsCall, proceed: () => Promise<MaybeAnswer>) => Promise<MaybeAnswer>;

/** Both, the first around the second. */
export function compose(outer: OnAwsCall | undefined, inner: OnAwsCall | undefined): OnAwsCall | undefined {
  if (!outer || !inner) return outer ?? inner;
  return (call, proceed) => outer(call, () => inner(call, proceed));
}
