/**
 * The Lambda functions of the stack with what AWS keeps beside each: its code, its environment, its role (what it may do), its
 * resource policy (who may invoke it) and how asynchronous invocations of it are retried.
 */

import { join } from 'node:path';
import { isObject, toNumber, toObject, toText } from '../json.ts';
import { toExpression } from '../wildcards.ts';
import { findRole, type RoleSpec, readRoles } from './roles.ts';
import type { Resource } from './template.ts';
import { readFunctionUrls } from './urls.ts';

/** One statement of a function's resource policy, from an AWS::Lambda::Permission. */
export interface Permission {
  principal: string;
  action: string;
  sourceArn: string | undefined;
  /** Holds for invocations through the function's URL alone. */
  isForUrl: boolean;
}

export interface FunctionSpec {
  name: string;
  logicalId: string;
  physicalName: string;
  arn: string;
  role: RoleSpec;
  codeFolder: string;
  handler: string;
  environment: Record<string, string>;
  timeoutMs: number;
  memoryMb: number;
  /** As many invocations as may run at once; undefined: as many as the account has room for. */
  reservedConcurrency: number | undefined;
  /** A URL of the stack streams its answers. */
  isStreaming: boolean;
  permissions: Permission[];
  retries: number;
  maximumEventAgeMs: number;
}

const DEFAULT_TIMEOUT_S = 3;
const DEFAULT_MEMORY_MB = 128;
/** Lambda's own defaults for asynchronous invocations: two retries, events of up to six hours. */
const DEFAULT_RETRIES = 2;
const DEFAULT_EVENT_AGE_S = 21_600;

/** `assets` maps the S3 key in the template to the folder in the assembly that would be zipped and uploaded. */
export function readFunctions(resources: Resource[], assets: Map<string, string>): FunctionSpec[] {
  const permissions = resources.filter(({ type }) => type === 'AWS::Lambda::Permission');
  const functions = resources.filter(({ type }) => type === 'AWS::Lambda::Function');
  const assumed = new Set(functions.map(({ properties }) => properties.Role));
  const roles = readRoles(resources, assumed, 'lambda.amazonaws.com');
  const streaming = readFunctionUrls(resources).map(({ functionArn }) => functionArn);
  const invokeConfigs = resources.filter(({ type }) => type === 'AWS::Lambda::EventInvokeConfig');
  return functions.map((resource) => {
    const spec = readFunction(resource, assets);
    const config = invokeConfigs.find(({ properties }) => names(properties.FunctionName, spec))?.properties;
    return {
      ...spec,
      role: findRole(roles, resource.properties.Role, resource.logicalId),
      isStreaming: streaming.includes(spec.arn),
      permissions: permissions
        .filter(({ properties }) => names(properties.FunctionName, spec))
        .map(({ properties, logicalId }) => ({
          principal: toText(properties.Principal, `${logicalId}.Principal`),
          action: toText(properties.Action, `${logicalId}.Action`),
          isForUrl: properties.InvokedViaFunctionUrl === true || properties.FunctionUrlAuthType === 'NONE',
          sourceArn: properties.SourceArn === undefined ? undefined : toText(properties.SourceArn, logicalId),
        })),
      retries: Number(config?.MaximumRetryAttempts ?? DEFAULT_RETRIES),
      maximumEventAgeMs: Number(config?.MaximumEventAgeInSeconds ?? DEFAULT_EVENT_AGE_S) * 1000,
    };
  });
}

/** A function may be named by its name or by its ARN. */
function names(value: unknown, spec: { physicalName: string; arn: string }): boolean {
  return value === spec.physicalName || value === spec.arn;
}

function readFunction(resource: Resource, assets: Map<string, string>) {
  const { properties, logicalId } = resource;
  const key = toText(toObject(properties.Code, `${logicalId}.Code`).S3Key, `${logicalId}.Code.S3Key`);
  const codeFolder = assets.get(key);
  if (!codeFolder) throw new Error(`${logicalId}: the assembly has no asset ${key}`);
  const environment = isObject(properties.Environment) ? properties.Environment.Variables : undefined;
  const variables = Object.entries(isObject(environment) ? environment : {});
  return {
    name: resource.name,
    logicalId,
    physicalName: resource.ref,
    arn: resource.attributes.Arn ?? '',
    codeFolder,
    handler: toText(properties.Handler, `${logicalId}.Handler`),
    environment: Object.fromEntries(
      variables.map(([name, value]) => [name, toText(value, `${logicalId}.${name}`)]),
    ),
    timeoutMs: toNumber(properties.Timeout ?? DEFAULT_TIMEOUT_S, `${logicalId}.Timeout`) * 1000,
    reservedConcurrency:
      properties.ReservedConcurrentExecutions === undefined
        ? undefined
        : toNumber(properties.ReservedConcurrentExecutions, `${logicalId}.ReservedConcurrentExecutions`),
    memoryMb: toNumber(properties.MemorySize ?? DEFAULT_MEMORY_MB, `${logicalId}.MemorySize`),
  };
}

/** The S3 keys of an assembly's asset manifest (`<Stack>.assets.json`) and the folders they are made of. */
export function readAssets(manifest: unknown, folder: string): Map<string, string> {
  const assets = new Map<string, string>();
  const files = toObject(manifest, 'assets').files;
  for (const [id, value] of Object.entries(isObject(files) ? files : {})) {
    const file = toObject(value, id);
    const source = toObject(file.source, `${id}.source`);
    if (source.packaging !== 'zip') continue;
    for (const destination of Object.values(toObject(file.destinations, `${id}.destinations`))) {
      const key = toText(toObject(destination, id).objectKey, `${id}.objectKey`);
      assets.set(key, join(folder, toText(source.path, `${id}.path`)));
    }
  }
  return assets;
}

/** Resource policies match source ARNs with wildcards. */
export function isPermitted(spec: FunctionSpec, principal: string, sourceArn: string): boolean {
  return spec.permissions.some(
    (permission) =>
      permission.principal === principal &&
      permission.action === INVOKE &&
      !permission.isForUrl &&
      (permission.sourceArn === undefined || toExpression(permission.sourceArn).test(sourceArn)),
  );
}

const INVOKE = 'lambda:InvokeFunction';

/** Whoever comes through the function's URL needs both permissions, since October 2025. */
export function isOpenByUrl({ permissions }: FunctionSpec): boolean {
  const isGranted = (action: string) =>
    permissions.some((permission) => permission.principal === '*' && permission.action === action);
  return isGranted('lambda:InvokeFunctionUrl') && isGranted(INVOKE);
}
