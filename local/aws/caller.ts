/**
 * Who is calling, and what the SigV4 Authorization header says about it. Whether the signature is right is another matter (sigv4.ts).
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
 */

import type { RoleSpec } from '../stack/roles.ts';
import type { Credentials } from './variables.ts';

/** Whose key it is: an environment of a function, or a container of a service. */
export interface Caller {
  readonly kind: 'function' | 'service';
  readonly id: string;
  readonly credentials: Credentials;
  readonly spec: { readonly name: string; readonly physicalName: string; readonly role: RoleSpec };
  /** What it was given last and is still working on, as JSON text; empty when it was given nothing. */
  readonly event: string;
  /** Ends it at once, with whatever it is doing. */
  kill(): unknown;
}

export interface Signature {
  accessKeyId: string;
  /** The day it is for, as YYYYMMDD. */
  day: string;
  region: string;
  service: string;
  /** Names of the signed header fields in lower case. */
  signedHeaders: string[];
  /** In lower-case hexadecimal digits. */
  value: string;
}

/** A person's own tools may do everything: `AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`. */
export const DEVELOPER_KEY = 'local';
export const DEVELOPER: Credentials = { accessKeyId: DEVELOPER_KEY, secretAccessKey: 'local' };

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/;

/** Undefined for a header that is absent or of another form. */
export function readSignature(authorization: string | undefined): Signature | undefined {
  const match = AUTHORIZATION.exec(authorization ?? '');
  if (!match) return undefined;
  const [, accessKeyId = '', day = '', region = '', service = '', headers = '', value = ''] = match;
  return { accessKeyId, day, region, service, signedHeaders: headers.split(';'), value };
}
