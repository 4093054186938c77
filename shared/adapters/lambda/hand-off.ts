/**
 * Hands work to another function and does not wait for it. One signed POST: the SDK's client for Lambda would be a fifth of
 * the bundle that needs it.
 *
 * Platform rules: 202 says that Lambda has taken the event. An asynchronous invocation may come late, twice or never, so
 * whatever is handed off must be found by somebody else as well; and a repeat after an answer that was lost does no harm.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Credentials, makeSigner } from '../gateway/signature.ts';

/** Resolves when Lambda has taken the event, which says nothing of its being done. */
export type HandOff = (event: unknown) => Promise<void>;

export interface HandOffSettings {
  readonly functionName: string;
  /** Of the Lambda API: `https://lambda.<region>.amazonaws.com`. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: () => Credentials;
  readonly now: () => number;
}

const HEADERS = { 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' };
/** Before the repeats of what may pass. */
const PAUSES_MS = [50, 200];
/** A handshake waits for it, and has ten seconds in all. */
const CALL_MS = 2_500;

export function openHandOff(settings: HandOffSettings): HandOff {
  const url = new URL(`/2015-03-31/functions/${settings.functionName}/invocations`, settings.endpoint);
  const sign = makeSigner(settings.region, 'lambda');

  const invoke = async (body: string): Promise<{ status: number; text: string }> => {
    const unsigned = { method: 'POST', host: url.host, path: url.pathname, body, headers: HEADERS } as const;
    const { host: _sentByFetch, ...headers } = sign(unsigned, settings.credentials(), settings.now());
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(CALL_MS),
    });
    return { status: response.status, text: await response.text() };
  };

  return async (event) => {
    const body = JSON.stringify(event);
    for (const pause of PAUSES_MS) {
      // A connection that broke, or that the platform closed while the environment was frozen, is worth another one.
      const answer = await invoke(body).catch(() => undefined);
      if (answer?.status === 202) return;
      if (answer && answer.status < 500 && answer.status !== 429) throw refusal(answer);
      await sleep(pause);
    }
    const answer = await invoke(body);
    if (answer.status !== 202) throw refusal(answer);
  };
}

function refusal({ status, text }: { status: number; text: string }): Error {
  return new Error(`Lambda answered a hand-off with ${status}: ${text.slice(0, 300)}`);
}
