/**
 * The properties of API Gateway's resources, of function URLs and of ECS's that the twin runs by, and those that change nothing a client or a function could
 * notice. Any other one stops the start with its name (a stage's throttle, stage variables, a selection expression of API
 * mappings, a request template): a setting that is passed over would work on a laptop and not on AWS, or the other way round.
 */

import { isObject } from '../json.ts';
import type { Resource } from './template.ts';

const RUN: Record<string, string[]> = {
  'AWS::ApiGatewayV2::Api': ['ProtocolType', 'RouteSelectionExpression', 'CorsConfiguration'],
  'AWS::ApiGatewayV2::Stage': ['ApiId', 'StageName'],
  'AWS::ApiGatewayV2::Route': ['ApiId', 'RouteKey', 'Target', 'AuthorizationType'],
  'AWS::Lambda::Url': ['TargetFunctionArn', 'AuthType', 'InvokeMode', 'Cors'],
  'AWS::ApiGatewayV2::Integration': [
    'ApiId',
    'IntegrationType',
    'IntegrationUri',
    'PayloadFormatVersion',
    'TimeoutInMillis',
  ],
  'AWS::ECS::Service': ['TaskDefinition'],
  'AWS::ECS::TaskDefinition': ['ContainerDefinitions', 'TaskRoleArn'],
  'AWS::ECS::TaskDefinition.ContainerDefinition': ['DockerLabels', 'Environment'],
};

/**
 * How many there are and how they are replaced (here there is one of each); in which network and on what machine they run; who
 * starts them from which image, and where their log goes.
 */
const UNNOTICED_OF_CONTAINERS: Record<string, string[]> = {
  'AWS::ECS::Service': [
    'Cluster',
    'DeploymentConfiguration',
    'DesiredCount',
    'LaunchType',
    'NetworkConfiguration',
    'PlatformVersion',
    'ServiceName',
  ],
  'AWS::ECS::TaskDefinition': [
    'Cpu',
    'ExecutionRoleArn',
    'Family',
    'Memory',
    'NetworkMode',
    'RequiresCompatibilities',
    'RuntimePlatform',
  ],
  'AWS::ECS::TaskDefinition.ContainerDefinition': [
    'Essential',
    'Image',
    'LogConfiguration',
    'ReadonlyRootFilesystem',
    'StopTimeout',
  ],
};

/** Names, notes and logs; when a stage is deployed; the method by which API Gateway calls Lambda. */
const UNNOTICED = new Set([
  'AccessLogSettings',
  'AutoDeploy',
  'Description',
  'FailOnWarnings',
  'IntegrationMethod',
  'Name',
  'OperationName',
  'Tags',
  'Version',
]);

/** Settings of routes that only write logs and metrics. */
const UNNOTICED_OF_ROUTES = new Set(['DataTraceEnabled', 'DetailedMetricsEnabled', 'LoggingLevel']);

type Properties = Pick<Resource, 'logicalId' | 'type' | 'properties'>;

export function refuseUnknownProperties({ logicalId, type, properties }: Properties): void {
  const run = [...(RUN[type] ?? []), ...(UNNOTICED_OF_CONTAINERS[type] ?? [])];
  for (const [name, value] of Object.entries(properties)) {
    if (run.includes(name) || UNNOTICED.has(name) || isNothing(value)) continue;
    if (name === 'DefaultRouteSettings') refuseRouteSettings(logicalId, name, value);
    else if (name === 'RouteSettings' && isObject(value)) {
      for (const [key, settings] of Object.entries(value)) {
        refuseRouteSettings(logicalId, `${name}.${key}`, settings);
      }
    } else refuse(logicalId, name);
  }
}

function refuseRouteSettings(logicalId: string, name: string, settings: unknown): void {
  for (const [setting, value] of Object.entries(isObject(settings) ? settings : {})) {
    if (!UNNOTICED_OF_ROUTES.has(setting) && !isNothing(value)) refuse(logicalId, `${name}.${setting}`);
  }
}

function refuse(logicalId: string, name: string): never {
  throw new Error(`${logicalId}: the local twin does not know the property ${name}`);
}

/** What says no more than leaving the property out. */
function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === undefined || value === false || (isObject(value) && Object.keys(value).length === 0);
}
