/**
 * The HTTP and WebSocket APIs of the stack: which route key leads to which function. Whatever a route could ask for beyond a
 * plain Lambda proxy integration (authorizers, other integrations, dynamic route selection) is refused by name until the twin
 * can do it, because a route that works here without its authorizer would be a lie.
 */

import { toNumber, toText } from '../json.ts';
import { type CorsSpec, readCors } from './cors.ts';
import { refuseUnknownProperties } from './known-properties.ts';
import type { Resource } from './template.ts';

export interface Route {
  key: string;
  functionArn: string;
  timeoutMs: number;
}

export interface ApiSpec {
  id: string;
  name: string;
  protocol: 'HTTP' | 'WEBSOCKET';
  stages: string[];
  routes: Route[];
  cors: CorsSpec | undefined;
}

/** Hard limits of the two kinds of API, and the defaults of `TimeoutInMillis`. */
const INTEGRATION_TIMEOUT_MS = { HTTP: 30_000, WEBSOCKET: 29_000 } as const;

/** The only selection that sends every message to `$default`; the backslash keeps `$default` from being read as a variable. */
const STATIC_SELECTION = '\\$default';

export function readApis(resources: Resource[]): ApiSpec[] {
  const ofType = (type: string) =>
    resources.filter((resource) => resource.type === `AWS::ApiGatewayV2::${type}`);
  const integrations = ofType('Integration');
  const stages = ofType('Stage');
  const routes = ofType('Route');
  for (const resource of [...ofType('Api'), ...integrations, ...stages, ...routes]) {
    refuseUnknownProperties(resource);
  }
  return ofType('Api').map((api): ApiSpec => {
    const protocol = readProtocol(api);
    const isOwn = ({ properties }: Resource) => properties.ApiId === api.ref;
    return {
      id: api.ref,
      name: api.name,
      protocol,
      stages: stages.filter(isOwn).map((stage) => readStageName(stage, protocol)),
      routes: routes.filter(isOwn).map((route) => readRoute(route, integrations, protocol)),
      cors: readCors(api, 'CorsConfiguration'),
    };
  });
}

function readProtocol({ logicalId, properties }: Resource): ApiSpec['protocol'] {
  const protocol = properties.ProtocolType;
  if (protocol !== 'HTTP' && protocol !== 'WEBSOCKET')
    throw new Error(`${logicalId}: ProtocolType ${protocol}`);
  const selection = properties.RouteSelectionExpression;
  if (protocol === 'WEBSOCKET' && selection !== STATIC_SELECTION) {
    throw new Error(
      `${logicalId}: the local twin knows RouteSelectionExpression "\\$default" only, not ${selection}`,
    );
  }
  return protocol;
}

/** A named stage of an HTTP API would show in every path; the twin serves `$default` alone. */
function readStageName({ logicalId, properties }: Resource, protocol: ApiSpec['protocol']): string {
  const name = toText(properties.StageName, `${logicalId}.StageName`);
  if (protocol === 'HTTP' && name !== '$default') {
    throw new Error(
      `${logicalId}: the local twin knows the stage "$default" of an HTTP API only, not ${name}`,
    );
  }
  return name;
}

function readRoute(route: Resource, integrations: Resource[], protocol: ApiSpec['protocol']): Route {
  const { logicalId, properties } = route;
  const authorization = properties.AuthorizationType ?? 'NONE';
  if (authorization !== 'NONE')
    throw new Error(`${logicalId}: the local twin does not know AuthorizationType ${authorization}`);
  const target = toText(properties.Target, `${logicalId}.Target`).replace(/^integrations\//, '');
  const integration = integrations.find((candidate) => candidate.ref === target);
  if (!integration) throw new Error(`${logicalId}: the template has no integration ${target}`);
  return {
    key: toText(properties.RouteKey, `${logicalId}.RouteKey`),
    functionArn: readFunctionArn(integration, protocol),
    timeoutMs: toNumber(
      integration.properties.TimeoutInMillis ?? INTEGRATION_TIMEOUT_MS[protocol],
      logicalId,
    ),
  };
}

function readFunctionArn({ logicalId, properties }: Resource, protocol: ApiSpec['protocol']): string {
  const type = properties.IntegrationType;
  if (type !== 'AWS_PROXY')
    throw new Error(`${logicalId}: the local twin does not know IntegrationType ${type}`);
  if (protocol === 'HTTP' && properties.PayloadFormatVersion !== '2.0') {
    throw new Error(`${logicalId}: the local twin knows PayloadFormatVersion 2.0 only`);
  }
  const uri = toText(properties.IntegrationUri, `${logicalId}.IntegrationUri`);
  return /:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;
}
