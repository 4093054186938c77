/**
 * Where the journeys run. The same journeys serve every cloud; RELAY_CLOUD names the one of this run. To add a cloud,
 * describe it in `clouds/`, with what it cannot do, and name it here.
 */
import type { Cloud, CloudKind, CloudOptions } from './clouds/cloud.ts';
import { hostile } from './clouds/hostile.ts';
import { ministack } from './clouds/ministack.ts';
import { stage } from './clouds/stage.ts';
import { twin } from './clouds/twin.ts';

export { addresses } from './clouds/addresses.ts';
export type { Cloud, Twin } from './clouds/cloud.ts';
export { startTwinCloud, type TwinCloud, type TwinCloudOptions } from './clouds/twin.ts';

const clouds: readonly CloudKind[] = [twin, hostile, ministack, stage];

function chosen(name: string): CloudKind {
  const found = clouds.find((kind) => kind.name === name);
  if (found) return found;
  throw new Error(`RELAY_CLOUD=${name} is no cloud; there are ${clouds.map((kind) => kind.name).join(', ')}`);
}

/** The cloud of this run. */
export const cloudKind: CloudKind = chosen(process.env.RELAY_CLOUD || 'twin');

/** For journeys that need nothing but the relay's public face. */
export function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  return cloudKind.start(options);
}
