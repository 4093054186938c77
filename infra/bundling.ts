/**
 * How the relay's code is made into single files: the functions', at every synth, and the bridge's, inside its image. By itself,
 * since the image has no CDK.
 *
 * Platform rule: the runtime's own copy of the AWS SDK changes under a function's feet, so it is bundled.
 */
import type { BuildOptions } from 'esbuild';

export const bundling = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  // The SDK's ES modules can be shaken, its CommonJS files cannot.
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** None of the operations that are called has an event stream; the SDK loads what reads them on demand. */
export const eventStreams = '@smithy/core/event-streams';
