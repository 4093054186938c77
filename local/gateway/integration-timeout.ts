/**
 * The integration time-out of API Gateway: it stops waiting, while the function runs on to its own end.
 */

class IntegrationTimeout extends Error {}

export function isTimeout(error: unknown): boolean {
  return error instanceof IntegrationTimeout;
}

export function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new IntegrationTimeout()), timeoutMs);
    timer.unref();
    work.then(done, fail).finally(() => clearTimeout(timer));
  });
}
