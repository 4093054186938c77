/**
 * The services of ECS: what runs for as long as the stack is there. An image is built on the way to AWS and not here, so a label
 * of the container says which file of the project it runs; beside the tag of secrets it is the only trace that the twin leaves
 * in the stack.
 */

import { toObject, toObjects, toText } from '../json.ts';
import { refuseUnknownProperties } from './known-properties.ts';
import { findRole, type RoleSpec, readRoles } from './roles.ts';
import type { Resource } from './template.ts';

export interface ServiceSpec {
  name: string;
  physicalName: string;
  role: RoleSpec;
  /** What its container runs: a path below the project's root. */
  entry: string;
  environment: Record<string, string>;
}

const ENTRY_LABEL = 'relay.entry';
const CONTAINER = 'AWS::ECS::TaskDefinition.ContainerDefinition';

export function readServices(resources: Resource[]): ServiceSpec[] {
  const tasks = resources.filter(({ type }) => type === 'AWS::ECS::TaskDefinition');
  const assumed = new Set(tasks.map(({ properties }) => properties.TaskRoleArn));
  const roles = readRoles(resources, assumed, 'ecs-tasks.amazonaws.com');
  return resources
    .filter(({ type }) => type === 'AWS::ECS::Service')
    .map((service) => {
      const { logicalId, properties, name, attributes } = service;
      refuseUnknownProperties(service);
      const task = tasks.find(({ ref }) => ref === properties.TaskDefinition);
      if (!task) throw new Error(`${logicalId}: its task definition is not in the template`);
      refuseUnknownProperties(task);
      return {
        name,
        physicalName: attributes.Name ?? name,
        role: findRole(roles, task.properties.TaskRoleArn, task.logicalId),
        ...readContainer(task),
      };
    });
}

function readContainer({ logicalId, properties }: Resource) {
  const [container, ...others] = toObjects(
    properties.ContainerDefinitions,
    `${logicalId}.ContainerDefinitions`,
  );
  if (!container || others.length > 0) {
    throw new Error(`${logicalId}: the local twin runs tasks of one container, not of ${1 + others.length}`);
  }
  const { Name, ...rest } = container;
  const place = `${logicalId}.${toText(Name, `${logicalId}.Name`)}`;
  refuseUnknownProperties({ logicalId: place, type: CONTAINER, properties: rest });
  const variables = toObjects(rest.Environment, `${place}.Environment`);
  return {
    entry: readEntry(rest.DockerLabels, place),
    environment: Object.fromEntries(
      variables.map((variable) => [
        toText(variable.Name, `${place}.Environment`),
        toText(variable.Value, `${place}.${variable.Name}`),
      ]),
    ),
  };
}

function readEntry(labels: unknown, place: string): string {
  const entry = toObject(labels ?? {}, `${place}.DockerLabels`)[ENTRY_LABEL];
  if (entry === undefined) throw new Error(`${place}: a container needs the label ${ENTRY_LABEL}`);
  return toText(entry, `${place}.${ENTRY_LABEL}`);
}
