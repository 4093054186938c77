/** The schemas inside of the relay's OpenAPI document, ready to validate with. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { relayDocument } from '../../shared/openapi/relay-document.ts';

export const document = relayDocument();

const ID = 'relay:openapi';
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema({ ...document, $id: ID });

/** The schema at these keys of the document, from its root on. */
export function schemaAt(...keys: readonly string[]): ValidateFunction {
  const pointer = keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return ajv.compile({ $ref: `${ID}#${pointer}` });
}

/** What is wrong with a value, in words; empty where nothing is. */
export function complaints(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `${instancePath} ${message} ${JSON.stringify(params)}`.trim(),
  );
}
