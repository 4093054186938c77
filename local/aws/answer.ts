/**
 * An answer of the AWS door, kept as plain data so that a test can look at it, change it or put another in its place. Errors are
 * given in both of the forms that the SDK reads: the typed header of the REST services and `__type` of the JSON ones.
 */

import { newRequestId } from '../ids.ts';

export interface AwsAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

const NOTHING = Buffer.alloc(0);

export function emptyAnswer(status: number): AwsAnswer {
  return { status, headers: { 'x-amzn-requestid': newRequestId() }, body: NOTHING };
}

export function jsonAnswer(status: number, value: unknown, contentType = 'application/json'): AwsAnswer {
  const headers = { 'x-amzn-requestid': newRequestId(), 'content-type': contentType };
  return { status, headers, body: Buffer.from(JSON.stringify(value)) };
}

export function errorAnswer(status: number, type: string, message: string): AwsAnswer {
  const answer = jsonAnswer(status, { __type: type, message });
  answer.headers['x-amzn-ErrorType'] = type;
  return answer;
}
