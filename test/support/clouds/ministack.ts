/**
 * MiniStack, an AWS emulator, with the stack that a real `cdk deploy` put there (test/second-cloud). It is a second
 * opinion on the template, the bundles and the wiring, and no authority on how API Gateway behaves.
 */
import { readDeployment } from '../../second-cloud/deployment.ts';
import { plainAddresses } from './addresses.ts';
import type { CloudKind } from './cloud.ts';

export const ministack: CloudKind = {
  name: 'ministack',
  cannot: [
    'inside',
    'open-streams',
    'settings',
    'refusal-status',
    'subprotocol',
    'many-sockets',
    'own-rates',
    'options-method',
    'streaming',
  ],
  async start() {
    const { httpUrl, eventsUrl, webhookToken, modalSecret, clientBearer } = readDeployment();
    return {
      ...plainAddresses(httpUrl, eventsUrl),
      webhookToken,
      modalSecret,
      clientBearer,
      close: async () => undefined,
    };
  },
};
