/**
 * The address of a function that streams: its own function URL, since an HTTP API hands an answer over when it is complete.
 * Open to everybody as far as AWS is concerned; the function checks the bearer itself.
 *
 * Platform rules: a URL invokes its function only where the function's policy allows both InvokeFunctionUrl and, through a
 * URL, InvokeFunction; the CDK grants both. Signing in the CDN's name (origin access control) would overwrite the client's
 * own Authorization.
 */
import { FunctionUrlAuthType, HttpMethod, InvokeMode } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import { crossOrigin } from './cross-origin.ts';
import type { RelayFunction } from './relay-function.ts';

export class StreamUrl extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { handler }: RelayFunction, settings: Settings) {
    super(scope, id);
    const cors = crossOrigin(settings);
    this.url = handler.addFunctionUrl({
      authType: FunctionUrlAuthType.NONE,
      invokeMode: InvokeMode.RESPONSE_STREAM,
      ...(cors && {
        cors: {
          allowedOrigins: cors.origins,
          allowedMethods: [HttpMethod.GET],
          allowedHeaders: cors.headers,
          exposedHeaders: cors.exposed,
          maxAge: cors.maxAge,
        },
      }),
    }).url;
  }
}
