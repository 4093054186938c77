/** What Lambda puts into the environment for calls of AWS that are made without the SDK. */
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { setting } from './runtime.ts';

export function awsSettings() {
  return {
    region: setting('AWS_REGION'),
    credentials: () => ({
      accessKeyId: setting('AWS_ACCESS_KEY_ID'),
      secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
      sessionToken: process.env.AWS_SESSION_TOKEN,
    }),
    now: systemClock.now,
  };
}

/** The Lambda API. Platform rules: China has a suffix of its own; an emulator says where it is as the SDK would be told. */
export function lambdaEndpoint(): string {
  const emulator = process.env.AWS_ENDPOINT_URL_LAMBDA || process.env.AWS_ENDPOINT_URL;
  if (emulator) return emulator;
  const region = setting('AWS_REGION');
  return `https://lambda.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
