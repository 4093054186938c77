/**
 * The HTTP API: the routes of the shared table, and `$default` for all the rest, so that a 404 or 405 is the relay's own.
 *
 * Platform rules: an HTTP API ends an integration at 30 s, so its functions end sooner. `$context.path` carries no query
 * string; the access log leaves the query out, because clients put credentials there.
 */
import { Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { httpRoutes } from '../../shared/routes.ts';
import type { Settings } from '../settings.ts';
import { crossOrigin } from './cross-origin.ts';
import type { RelayFunction } from './relay-function.ts';

export interface HttpRelayApiProps {
  readonly settings: Settings;
  /** By file name under `functions/`. */
  readonly functions: Readonly<Record<(typeof httpRoutes)[number]['function'], RelayFunction>>;
  readonly fallback: RelayFunction;
}

const accessLog = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  route: '$context.routeKey',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationStatus: '$context.integrationStatus',
  integrationError: '$context.integrationErrorMessage',
};

export class HttpRelayApi extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: HttpRelayApiProps) {
    super(scope, id);
    const cors = crossOrigin(props.settings);
    this.api = new HttpApi(this, 'Api', {
      apiName: 'relay-http',
      description: 'Webhooks in.',
      defaultIntegration: new HttpLambdaIntegration('Fallback', props.fallback.handler),
      createDefaultStage: false,
      ...(cors && {
        corsPreflight: {
          allowOrigins: cors.origins,
          allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST],
          allowHeaders: cors.headers,
          exposeHeaders: cors.exposed,
          maxAge: cors.maxAge,
        },
      }),
    });
    for (const route of httpRoutes) {
      this.api.addRoutes({
        path: route.path,
        methods: [HttpMethod[route.method]],
        integration: new HttpLambdaIntegration(route.function, props.functions[route.function].handler),
      });
    }
    const { logRetentionDays, removalPolicy } = props.settings;
    const logGroup = new LogGroup(this, 'AccessLogs', { retention: logRetentionDays, removalPolicy });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(accessLog)),
      },
    });
    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'The contracts fix the bearer token and the answer to a wrong one: the functions check it themselves.',
    });
  }
}
