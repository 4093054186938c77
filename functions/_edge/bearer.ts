/** The bearer token of a request (RFC 6750, 2.1). */

/** The token of a header `Authorization`; undefined where there is none in it. */
export function bearerIn(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}
