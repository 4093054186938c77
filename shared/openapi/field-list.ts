/** A JSON Schema -> the fields of the objects in it, as a reader wants them: path, kind, what is said of it. */
import type { JsonSchema } from './operation.ts';

export interface Field {
  /** `artifacts[].url`; `''` where the whole is no object. */
  readonly path: string;
  /** `text, 1 to 1,024 characters`, `one of "a", "b"`, `list of objects`. */
  readonly kind: string;
  readonly isRequired: boolean;
  readonly description: string;
}

type Schemas = Readonly<Record<string, JsonSchema>>;

interface Read {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Schemas;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Each named object once, however often it is referred to. */
export function fieldsOf(schema: JsonSchema, schemas: Schemas): Field[] {
  const seen = new Set<string>();
  const walk = (part: JsonSchema, path: string): Field[] => {
    const { $ref, oneOf = [], anyOf = [], allOf = [], items, properties = {}, required = [] } = read(part);
    if ($ref !== undefined) {
      if (seen.has($ref)) return [];
      seen.add($ref);
      return walk(resolve($ref, schemas), path);
    }
    const own = Object.entries(properties).flatMap(([name, property]) => {
      const at = path === '' ? name : `${path}.${name}`;
      const { description = '' } = read(property);
      const field = {
        path: at,
        kind: kindOf(property, schemas),
        isRequired: required.includes(name),
        description,
      };
      return [field, ...walk(property, at)];
    });
    const parts = [...oneOf, ...anyOf, ...allOf].flatMap((one) => walk(one, path));
    return [...own, ...parts, ...(items ? walk(items, path === '' ? '' : `${path}[]`) : [])];
  };
  return walk(schema, '');
}

/** What a value may be, in a few words. */
export function kindOf(schema: JsonSchema, schemas: Schemas): string {
  const parts = read(schema);
  if (parts.$ref !== undefined) return kindOf(resolve(parts.$ref, schemas), schemas);
  if (parts.const !== undefined) return JSON.stringify(parts.const);
  if (parts.enum) return `one of ${parts.enum.map((value) => JSON.stringify(value)).join(', ')}`;
  const either = parts.oneOf ?? parts.anyOf;
  if (either) return [...new Set(either.map((one) => kindOf(one, schemas)))].join(', or ');
  const types = [parts.type ?? []].flat();
  if (types.length === 0) return 'anything';
  return [types.map((type) => typeWord(type, parts, schemas)).join(' or '), ...bounds(parts)].join(', ');
}

function typeWord(type: string, { items }: Read, schemas: Schemas): string {
  if (type === 'string') return 'text';
  if (type === 'integer') return 'whole number';
  if (type !== 'array') return type;
  const of = items ? kindOf(items, schemas) : 'anything';
  return `list of ${of === 'text' || of === 'object' || of === 'number' ? `${of}s` : of}`;
}

function bounds({ minLength, maxLength, minItems, maxItems, minimum, maximum, format }: Read): string[] {
  return [
    ...(format === undefined ? [] : [format]),
    ...range(minLength, maxLength, ' characters'),
    ...range(minItems, maxItems, ' items'),
    ...range(minimum, maximum, ''),
  ];
}

function range(least: number | undefined, most: number | undefined, unit: string): string[] {
  if (most === undefined || most === Number.MAX_SAFE_INTEGER) {
    return least === undefined ? [] : [`at least ${least.toLocaleString('en')}${unit}`];
  }
  if (least === undefined) return [`at most ${most.toLocaleString('en')}${unit}`];
  return [`${least.toLocaleString('en')} to ${most.toLocaleString('en')}${unit}`];
}

function resolve($ref: string, schemas: Schemas): JsonSchema {
  const schema = schemas[$ref.replace('#/components/schemas/', '')];
  if (!schema) throw new Error(`${$ref} refers to nothing`);
  return schema;
}

/** A schema by the keywords that the relay's own schemas use. */
function read(schema: JsonSchema): Read {
  return schema as Read;
}
