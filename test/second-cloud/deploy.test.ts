/** The way onto the cloud: bootstrap, deploy, the secrets' values, and the bridge beside the NATS server. */
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { untilConnected } from '../support/arena-clients.ts';
import { acceptedIds, expectProblem, newTenant, progress, send } from '../support/webhook.ts';
import { startBridge } from './bridge.ts';
import { ACCOUNT, awsClient, cdk, deploy } from './cdk.ts';
import { REGION, readDeployment, readOutputs, SECRETS } from './deployment.ts';

/** Whom the senders of `webhook.ts` post to. */
function deployed() {
  const { urls, ...secrets } = readDeployment();
  return { httpUrl: urls.http, ...secrets };
}

test('cdk bootstrap prepares the account', async () => {
  expect(await cdk(['bootstrap', `aws://${ACCOUNT}/${REGION}`])).toContain('bootstrapped');
});

test('cdk deploy puts the stack there, and it serves', async () => {
  await deploy();
  expectProblem(await send(deployed(), {}, { path: '/nowhere' }), 404);
});

// Before their first use: a function keeps what it has read for a few seconds at least.
test('the generated secrets can be replaced by others', async () => {
  const {
    RelayWebhookTokenSecret,
    ModalWebhookSecret,
    PeerTokenSecret,
    ArenaTokenSecret,
    AcceptClientBearerSecret,
    ClientJwtSecret,
  } = readOutputs();
  const client = new SecretsManagerClient(awsClient());
  for (const [SecretId, SecretString] of [
    [RelayWebhookTokenSecret, SECRETS.RELAY_WEBHOOK_TOKEN],
    [ModalWebhookSecret, SECRETS.MODAL_WEBHOOK_SECRET],
    [PeerTokenSecret, SECRETS.SECRET_KEY],
    [ArenaTokenSecret, SECRETS.ARENA_TOKEN],
    [AcceptClientBearerSecret, SECRETS.ACCEPT_CLIENT_BEARER],
    [ClientJwtSecret, SECRETS.CLIENT_JWT_SECRET],
  ]) {
    await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
  }
  client.destroy();
  expect(acceptedIds(await send(deployed(), progress(newTenant())))).toHaveLength(1);
});

test('the bridge runs elsewhere, with the outputs of the stack', async () => {
  await startBridge();
  await untilConnected(deployed(), true);
});
