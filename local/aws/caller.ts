/**
 * Who is calling: the access key in the SigV4 Authorization header. The signature itself is not verified, since the SDK's way
 * of signing is not what is under test; a call without one, or by a key that nobody holds, is refused as on AWS.
 */

export interface Signature {
  accessKeyId: string;
  service: string;
}

/** A person's own tools may do everything: `AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`. */
export const DEVELOPER_KEY = 'local';

const CREDENTIAL = /^AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/;

export function readSignature(authorization: string | undefined): Signature | undefined {
  const [, accessKeyId, service] = CREDENTIAL.exec(authorization ?? '') ?? [];
  return accessKeyId && service ? { accessKeyId, service } : undefined;
}
