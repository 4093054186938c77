/**
 * MiniStack, an AWS emulator, with the stack that a real `cdk deploy` put there (test/second-cloud). It is a second
 * opinion on the template, the bundles and the wiring, and no authority on how API Gateway behaves.
 */
import { readDeployment } from '../../second-cloud/deployment.ts';
import { addresses, plainAddresses } from './addresses.ts';
import type { CloudKind } from './cloud.ts';
import { TextShim } from './text-shim.ts';

export const ministack: CloudKind = {
  name: 'ministack',
  cannot: [
    'inside',
    'open-streams',
    'settings',
    'refusal-status',
    'subprotocol',
    'closed-sockets',
    'many-sockets',
    'own-nats',
    'own-rates',
    'printed-lines',
    'options-method',
    'streaming',
  ],
  async start({ textFrames = false }) {
    const { urls, ...secrets } = readDeployment();
    const plain = plainAddresses(urls);
    const shim = textFrames ? await TextShim.start(plain.socketUrl) : undefined;
    return {
      ...plain,
      ...(shim && { socketUrl: addresses(shim.url).socketUrl }),
      ...secrets,
      // It is one process, which a busy machine can hold back for longer than an answer is waited for.
      mayRepeat: true,
      close: async () => shim?.close(),
    };
  },
};
