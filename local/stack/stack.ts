/**
 * The stack as the twin runs it, read from a synthesized assembly and from nothing else: a route, a table or a permission that
 * the CDK app does not make does not exist locally either.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject, toObject, toText } from '../json.ts';
import { type ApiSpec, readApis } from './apis.ts';
import { type FunctionSpec, readAssets, readFunctions } from './functions.ts';
import { readSchedules, type ScheduleSpec } from './schedules.ts';
import { readSecrets, type SecretSpec } from './secrets.ts';
import { readServices, type ServiceSpec } from './services.ts';
import { readTables, type TableSpec } from './tables.ts';
import { readTemplate } from './template.ts';
import { type FunctionUrlSpec, readFunctionUrls } from './urls.ts';

export interface Stack {
  functions: FunctionSpec[];
  tables: TableSpec[];
  apis: ApiSpec[];
  functionUrls: FunctionUrlSpec[];
  schedules: ScheduleSpec[];
  secrets: SecretSpec[];
  services: ServiceSpec[];
  outputs: Record<string, string>;
}

/** The one stack that the twin runs. Others in the assembly (the CDN in front) have no place on a laptop. */
const STACK_NAME = 'Relay';

export function readStack(assembly: string): Stack {
  const manifest = readJsonFile(join(assembly, 'manifest.json'));
  const artifacts = toObject(manifest.artifacts, 'manifest.artifacts');
  const properties = findStackProperties(artifacts);
  const template = readJsonFile(join(assembly, toText(properties.templateFile, 'templateFile')));
  const { resources, outputs } = readTemplate(template, STACK_NAME);
  const assets = readAssets(readJsonFile(join(assembly, `${STACK_NAME}.assets.json`)), assembly);
  return {
    functions: readFunctions(resources, assets),
    tables: readTables(resources),
    apis: readApis(resources),
    functionUrls: readFunctionUrls(resources),
    schedules: readSchedules(resources),
    secrets: readSecrets(resources),
    services: readServices(resources),
    outputs,
  };
}

function findStackProperties(artifacts: JsonObject): JsonObject {
  for (const [id, value] of Object.entries(artifacts)) {
    const artifact = toObject(value, id);
    const properties = isObject(artifact.properties) ? artifact.properties : {};
    const isStack = artifact.type === 'aws:cloudformation:stack';
    if (isStack && (properties.stackName ?? id) === STACK_NAME) return properties;
  }
  throw new Error(`the assembly has no stack named ${STACK_NAME}`);
}

function readJsonFile(path: string): JsonObject {
  return toObject(JSON.parse(readFileSync(path, 'utf8')), path);
}
