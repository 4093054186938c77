/**
 * Calls of AWS are signed (Signature Version 4). Who signs how is for the SDK; this is what a service does with a call that is
 * signed wrongly or not at all.
 */

import { ApiGatewayManagementApiClient, GetConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { afterAll, beforeAll, expect } from 'vitest';
import { rule } from './rule.ts';
import { APIGW, GITHUB, IAM, REPOST } from './sources.ts';
import { type Subject, startSubject } from './subject.ts';

const SIGNING = `${IAM}/reference_sigv-create-signed-request.html`;
const SKEW = [`${IAM}/reference_aws-signing.html`, `${REPOST}/questions/QUdUp8J3LVS_OdlzmjXq09RA`];

let subject: Subject;

beforeAll(async () => {
  subject = await startSubject({ functions: {}, http: {}, events: {} });
});
afterAll(() => subject?.close());

/** What a call with these credentials, with this much on its clock, ends in. */
async function outcome(credentials: object, systemClockOffset = 0, region = 'us-east-1') {
  const endpoint = `${subject.twin.awsEndpoint}/_aws/execute-api/${subject.twin.outputs.EventsApiId}/live`;
  const own = { accessKeyId: 'local', secretAccessKey: 'local', ...credentials };
  const client = new ApiGatewayManagementApiClient({
    region,
    endpoint,
    credentials: own,
    systemClockOffset,
    maxAttempts: 1,
  });
  const error = await client
    .send(new GetConnectionCommand({ ConnectionId: 'none=' }))
    .catch((reason) => reason);
  return { name: error.name, message: error.message, status: error.$metadata.httpStatusCode };
}

rule(
  'A call with a right signature goes through, one without any is 403 MissingAuthenticationTokenException.',
  { kind: 'documented', source: [`${APIGW}/apigateway-how-to-call-websocket-api-connections.html`, SIGNING] },
  async () => {
    expect(await outcome({})).toMatchObject({ name: 'GoneException', status: 410 });
    const path = `/_aws/execute-api/${subject.twin.outputs.EventsApiId}/live/@connections/none%3D`;
    const unsigned = await fetch(`${subject.twin.awsEndpoint}${path}`);
    expect(unsigned.status).toBe(403);
    expect(unsigned.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
  },
);

rule(
  'A call whose Authorization header is of another form is 403 IncompleteSignatureException.',
  { kind: 'inferred', source: ['https://docs.aws.amazon.com/signer/latest/api/CommonErrors.html'] },
  async () => {
    const path = `/_aws/execute-api/${subject.twin.outputs.EventsApiId}/live/@connections/none%3D`;
    const headers = { authorization: 'Bearer token' };
    const answer = await fetch(`${subject.twin.awsEndpoint}${path}`, { headers });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-amzn-errortype')).toBe('IncompleteSignatureException');
  },
);

rule(
  'A call signed with another secret is 403 InvalidSignatureException.',
  { kind: 'documented', source: [SIGNING, `${IAM}/reference_sigv-troubleshooting.html`] },
  async () => {
    expect(await outcome({ secretAccessKey: 'guessed' })).toEqual({
      name: 'InvalidSignatureException',
      message: expect.stringMatching(
        /^The request signature we calculated does not match the signature you provided\./,
      ),
      status: 403,
    });
  },
);

rule(
  'A call with an `x-amz-*` header that is not among the signed ones is 403 InvalidSignatureException.',
  { kind: 'inferred', source: [SIGNING] },
  async () => {
    const { twin } = subject;
    const endpoint = `${twin.awsEndpoint}/_aws/execute-api/${twin.outputs.EventsApiId}/live`;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new ApiGatewayManagementApiClient({
      region: 'us-east-1',
      endpoint,
      credentials,
      maxAttempts: 1,
    });
    // After the signature, as a header that a sender forgot to sign is added.
    client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { headers: Record<string, string> };
        request.headers['x-amz-own'] = 'own';
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await expect(client.send(new GetConnectionCommand({ ConnectionId: 'none=' }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: "'x-amz-own' must be a 'SignedHeader' in the AWS Signature.",
      $metadata: { httpStatusCode: 403 },
    });
  },
);

rule(
  'A call by an unknown access key is 403 UnrecognizedClientException.',
  { kind: 'inferred', source: [`${IAM}/reference_sigv-troubleshooting.html`] },
  async () => {
    expect(await outcome({ accessKeyId: 'AKIAOTHER' })).toMatchObject({
      name: 'UnrecognizedClientException',
      status: 403,
    });
  },
);

rule(
  'A signature is good for five minutes before and after its date.',
  { kind: 'documented', source: [...SKEW, `${GITHUB}/boto/botocore/issues/149`] },
  async () => {
    const minute = 60_000;
    expect(await outcome({}, -4 * minute)).toMatchObject({ name: 'GoneException' });
    expect(await outcome({}, 4 * minute)).toMatchObject({ name: 'GoneException' });
    expect(await outcome({}, -6 * minute)).toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringMatching(/^Signature expired: \w+ is now earlier than \w+ \(\w+ - 5 min\.\)$/),
    });
    expect(await outcome({}, 6 * minute)).toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringMatching(/^Signature not yet current/),
    });
  },
);

rule(
  'A signature is for the Region of the service.',
  { kind: 'documented', source: [`${IAM}/reference_sigv-troubleshooting.html`] },
  async () => {
    expect(await outcome({}, 0, 'eu-west-1')).toMatchObject({
      name: 'InvalidSignatureException',
      message: 'Credential should be scoped to a valid region.',
    });
  },
);
