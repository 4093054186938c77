/**
 * Whether a page of this origin may talk to the relay. Browsers let a page of any origin open a WebSocket and leave it to the
 * server to look at `Origin`, which a page cannot forge. Whoever sends none is no browser.
 *
 * `allowed`: origins as browsers write them, or `*` for all; none at all where the deployer did not say.
 */
export function isOriginAllowed(allowed: readonly string[], origin: string | undefined): boolean {
  return origin === undefined || allowed.length === 0 || allowed.includes('*') || allowed.includes(origin);
}
