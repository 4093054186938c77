/**
 * The secrets of the stack. Their values are no part of a template; on a laptop they come from environment variables, and a tag
 * on the secret says from which one. Beside the label of containers the tag is the only
 * trace that the twin leaves in the stack.
 */

import { toObjects, toText } from '../json.ts';
import type { Resource } from './template.ts';

export interface SecretSpec {
  name: string;
  arn: string;
  variable: string;
}

export const VARIABLE_TAG = 'relay:variable';

export function readSecrets(resources: Resource[]): SecretSpec[] {
  return resources
    .filter(({ type }) => type === 'AWS::SecretsManager::Secret')
    .map(({ ref, properties, logicalId }) => {
      const tags = toObjects(properties.Tags, `${logicalId}.Tags`);
      const variable = tags.find(({ Key }) => Key === VARIABLE_TAG)?.Value;
      if (variable === undefined) throw new Error(`${logicalId}: a secret needs the tag ${VARIABLE_TAG}`);
      // The ARN ends in the name and six characters of Secrets Manager's own.
      const name = /:secret:(.+)-\w{6}$/.exec(ref)?.[1] ?? ref;
      return { name, arn: ref, variable: toText(variable, `${logicalId}.Tags`) };
    });
}
