/**
 * A synthesized CloudFormation template with its values filled in, as far as CloudFormation would know them: parameters by
 * their defaults, conditions, references between resources. Physical names come from logical ids and are the same at each
 * start, so that tables kept on disk are found again.
 */

import { ACCOUNT, REGION } from '../ids.ts';
import { isObject, type JsonObject, toObject, toText } from '../json.ts';
import { NO_VALUE, resolve, type Scope } from './intrinsics.ts';
import { type Identity, NAME_PROPERTY, NOT_NEEDED_LOCALLY, SERVED } from './resource-types.ts';

export interface Resource {
  logicalId: string;
  type: string;
  /** The construct's name: the logical id without the hash that the CDK appends. */
  name: string;
  ref: string;
  attributes: Record<string, string>;
  properties: JsonObject;
}

export interface Template {
  resources: Resource[];
  outputs: Record<string, string>;
}

interface RawResource {
  type: string;
  properties: JsonObject;
}

export function toConstructName(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}

export function readTemplate(source: unknown, stackName: string): Template {
  const template = toObject(source, 'template');
  const conditions = isObject(template.Conditions) ? template.Conditions : {};
  const parameters = isObject(template.Parameters) ? template.Parameters : {};
  const pseudo: JsonObject = {
    'AWS::Region': REGION,
    'AWS::AccountId': ACCOUNT,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stackName}/local`,
    'AWS::NoValue': NO_VALUE,
  };
  const scope: Scope = {
    ref(name) {
      if (Object.hasOwn(pseudo, name)) return pseudo[name];
      if (Object.hasOwn(parameters, name)) return toObject(parameters[name], name).Default;
      return identityOf(name).ref;
    },
    attribute(logicalId, attribute) {
      const value = identityOf(logicalId).attributes[attribute];
      if (value !== undefined) return value;
      const type = raw.get(logicalId)?.type;
      throw new Error(
        `the template reads ${attribute} of ${logicalId} (${type}), which the local twin does not know`,
      );
    },
    condition: (name) => resolve(conditions[name], scope) === true,
  };

  const raw = readRaw(template.Resources, scope);
  const names = nameAll(raw);
  const identities = new Map<string, Identity>();

  function identityOf(logicalId: string): Identity {
    const known = identities.get(logicalId);
    if (known) return known;
    const resource = raw.get(logicalId);
    if (!resource) throw new Error(`the template refers to ${logicalId}, which it does not contain`);
    const identity = identify(logicalId, resource);
    identities.set(logicalId, identity);
    return identity;
  }

  function identify(logicalId: string, { type, properties }: RawResource): Identity {
    const rule = SERVED[type] ?? NOT_NEEDED_LOCALLY[type];
    if (!rule) throw new Error(`${logicalId}: the local twin does not know the resource type ${type}`);
    const given = properties[NAME_PROPERTY[type] ?? ''];
    const name =
      given === undefined ? `${stackName}-${names.get(logicalId)}` : toText(resolve(given, scope), logicalId);
    return rule(name, `${stackName}/${logicalId}`);
  }

  const resources = [...raw].map(([logicalId, { type, properties }]): Resource => {
    const identity = identityOf(logicalId);
    const resolved = type in SERVED ? toObject(resolve(properties, scope), logicalId) : properties;
    return { logicalId, type, name: names.get(logicalId) ?? logicalId, ...identity, properties: resolved };
  });
  return { resources, outputs: readOutputs(template.Outputs, scope) };
}

/** Resources whose condition is false are not created. */
function readRaw(source: unknown, scope: Scope): Map<string, RawResource> {
  const raw = new Map<string, RawResource>();
  for (const [logicalId, value] of Object.entries(toObject(source, 'Resources'))) {
    const resource = toObject(value, logicalId);
    if (typeof resource.Condition === 'string' && !scope.condition(resource.Condition)) continue;
    const properties = isObject(resource.Properties) ? resource.Properties : {};
    raw.set(logicalId, { type: toText(resource.Type, `${logicalId}.Type`), properties });
  }
  return raw;
}

/** Two constructs of one type may differ in their hash alone; these keep it. */
function nameAll(raw: Map<string, RawResource>): Map<string, string> {
  const key = (logicalId: string, type: string) => `${type}/${toConstructName(logicalId)}`;
  const uses = new Map<string, number>();
  for (const [logicalId, { type }] of raw) {
    uses.set(key(logicalId, type), (uses.get(key(logicalId, type)) ?? 0) + 1);
  }
  return new Map(
    [...raw].map(([logicalId, { type }]) => {
      const isUnique = uses.get(key(logicalId, type)) === 1;
      return [logicalId, isUnique ? toConstructName(logicalId) : logicalId];
    }),
  );
}

/** Outputs are told to people and read by tests; one that stands for something not run here is left out. */
function readOutputs(source: unknown, scope: Scope): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [name, value] of Object.entries(isObject(source) ? source : {})) {
    const output = toObject(value, name);
    if (typeof output.Condition === 'string' && !scope.condition(output.Condition)) continue;
    outputs[name] = toText(resolve(output.Value, scope), `Outputs.${name}`);
  }
  return outputs;
}
