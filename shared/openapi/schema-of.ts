/**
 * The JSON Schema of a zod schema that validates, with a note to every field. What zod's own conversion leaves out is made
 * up for, or stops the build of the document:
 *
 * - `refine`: dropped without a word. The field's note has to say it, in JSON Schema's keywords or as `beyond`.
 * - `regex`: its flags are dropped, and JSON Schema's patterns always have `u`. Any other flag is refused.
 * - `pipe`: only one of its sides is converted. Both validate the same value here, so both are kept.
 *
 * What may be one of several things, or null, is one field with one note; the fields inside of each of them have theirs.
 */
import * as z from 'zod/mini';
import type { JsonSchema } from './operation.ts';

export interface Note {
  readonly description: string;
  /** What no keyword can say of it; it is added to the description. */
  readonly beyond?: string;
  /** Keywords of JSON Schema. */
  readonly [keyword: string]: unknown;
}

/** By path: `job_id`, `artifacts[].url`; `''` is the whole. */
export type Notes = Readonly<Record<string, Note>>;

/** Marks, until the note is there, what has rules that the conversion dropped. */
const REFINED = 'x-refined';

type Mutable = Record<string, unknown>;

/** `input` takes what a schema accepts; `output` is an answer, which has no members but those listed. */
export function schemaOf(
  schema: z.core.$ZodType,
  notes: Notes,
  io: 'input' | 'output' = 'input',
): JsonSchema {
  const { $schema: _, ...json } = convert(schema, io);
  const unused = new Set(Object.keys(notes));
  annotate(json, '', notes, unused);
  if (unused.size > 0) throw new Error(`notes on fields that there are not: ${[...unused].join(', ')}`);
  return json;
}

function convert(schema: z.core.$ZodType, io: 'input' | 'output'): Mutable {
  return z.toJSONSchema(schema, {
    io,
    reused: 'inline',
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      for (const { _zod: check } of def.checks ?? []) {
        if (check.def.check === 'custom') Object.assign(jsonSchema, { [REFINED]: true });
        if ('pattern' in check.def) refuseFlags(check.def.pattern);
      }
      if (def.type !== 'pipe') return;
      const { $schema: _in, ...before } = convert(def.in, io);
      const { $schema: _out, ...after } = convert(def.out, io);
      Object.assign(jsonSchema, before, after);
    },
  });
}

function refuseFlags(pattern: unknown): void {
  if (pattern instanceof RegExp && /[^u]/.test(pattern.flags)) {
    throw new Error(`JSON Schema has no flags for ${pattern}`);
  }
}

function annotate(json: Mutable, path: string, notes: Notes, unused: Set<string>): void {
  const isField = path !== '' && !path.endsWith('[]');
  const forms = formsOf(json);
  const isRefined = forms.some((form) => form[REFINED] === true);
  for (const form of forms) delete form[REFINED];
  const note = notes[path];
  unused.delete(path);
  if (note) {
    const { beyond, description, ...keywords } = note;
    if (isRefined && beyond === undefined && Object.keys(keywords).length === 0) {
      throw new Error(`${path} has a rule of its own, and its note does not say it`);
    }
    Object.assign(json, keywords, {
      description: beyond === undefined ? description : `${description} ${beyond}`,
    });
  } else if (isField || isRefined) {
    throw new Error(`${path || 'the whole'} has no note`);
  }
  for (const form of forms) {
    const { properties = {}, items } = form as { properties?: Record<string, Mutable>; items?: Mutable };
    for (const [name, property] of Object.entries(properties)) {
      annotate(property, path === '' ? name : `${path}.${name}`, notes, unused);
    }
    if (items) annotate(items, `${path}[]`, notes, unused);
  }
}

/** A schema, and those of which a value may fit any: all of them speak of the same field. */
function formsOf(json: Mutable): Mutable[] {
  const { anyOf = [], oneOf = [] } = json as { anyOf?: Mutable[]; oneOf?: Mutable[] };
  return [json, ...[...anyOf, ...oneOf].flatMap(formsOf)];
}
