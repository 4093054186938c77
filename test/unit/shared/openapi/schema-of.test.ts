import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { schemaOf } from '../../../../shared/openapi/schema-of.ts';

const note = { description: 'A field.' };

describe('the JSON Schema of a schema that validates', () => {
  it('has the note of every field', () => {
    const schema = z.object({ list: z.array(z.object({ url: z.string() })) });
    const notes = { '': { description: 'All of it.' }, list: { description: 'A list.' }, 'list[].url': note };
    expect(schemaOf(schema, notes)).toEqual({
      type: 'object',
      description: 'All of it.',
      required: ['list'],
      properties: {
        list: {
          type: 'array',
          description: 'A list.',
          items: {
            type: 'object',
            required: ['url'],
            properties: { url: { type: 'string', description: 'A field.' } },
          },
        },
      },
    });
  });

  it('is refused where a field has no note, and where a note has no field', () => {
    const schema = z.object({ a: z.string() });
    expect(() => schemaOf(schema, {})).toThrow('a has no note');
    expect(() => schemaOf(schema, { a: note, b: note })).toThrow('fields that there are not: b');
  });

  it('says a rule of the field’s own in the note’s keywords or words, and is refused without', () => {
    const rule = z.refine<string>((value) => value.length < 4);
    const schema = z.object({ a: z.optional(z.string().check(rule)) });
    expect(() => schemaOf(schema, { a: note })).toThrow('a has a rule of its own');
    expect(schemaOf(schema, { a: { ...note, maxLength: 3 } })).toMatchObject({
      properties: { a: { type: 'string', maxLength: 3, description: 'A field.' } },
    });
    expect(schemaOf(schema, { a: { ...note, beyond: 'It is short.' } })).toMatchObject({
      properties: { a: { type: 'string', description: 'A field. It is short.' } },
    });
  });

  it('has one note for what may be null or one of several things, and those of the fields inside of each', () => {
    const inside = z.object({ b: z.string() });
    const schema = z.object({ a: z.nullish(z.union([inside, z.array(inside), z.string()])) });
    expect(() => schemaOf(schema, { a: note })).toThrow('a.b has no note');
    expect(() => schemaOf(schema, { a: note, 'a.b': note })).toThrow('a[].b has no note');
    const json = JSON.stringify(schemaOf(schema, { a: note, 'a.b': note, 'a[].b': note }));
    expect(json.match(/"description":"A field."/g)).toHaveLength(3);
  });

  it('has the fields of objects that are told apart by one of them', () => {
    const kinds = [
      z.object({ is: z.literal('a'), x: z.string() }),
      z.object({ is: z.literal('b') }),
    ] as const;
    const schema = z.discriminatedUnion('is', kinds);
    expect(() => schemaOf(schema, { is: note })).toThrow('x has no note');
    expect(schemaOf(schema, { is: note, x: note })).toMatchObject({
      oneOf: [{ properties: { is: note, x: note } }, { properties: { is: note } }],
    });
  });

  it('says the rule of what may also be null, and is refused without', () => {
    const rule = z.refine<string>((value) => value.length < 4);
    const schema = z.object({ a: z.nullish(z.string().check(rule)) });
    expect(() => schemaOf(schema, { a: note })).toThrow('a has a rule of its own');
    const json = schemaOf(schema, { a: { ...note, maxLength: 3 } });
    expect(json).toMatchObject({ properties: { a: { maxLength: 3 } } });
    expect(JSON.stringify(json)).not.toContain('x-refined');
  });

  it('is refused where the whole has a rule of its own that no note says', () => {
    const schema = z.object({ a: z.optional(z.string()) }).check(z.refine(({ a }) => a !== 'b'));
    expect(() => schemaOf(schema, { a: note })).toThrow('the whole has no note');
  });

  it('keeps both sides of a pipe', () => {
    const schema = z.pipe(z.array(z.unknown()).check(z.maxLength(3)), z.array(z.string()));
    expect(schemaOf(schema, {})).toEqual({ type: 'array', maxItems: 3, items: { type: 'string' } });
  });

  it('keeps a pattern, and is refused where its flags change what it takes', () => {
    expect(schemaOf(z.string().check(z.regex(/^\p{L}$/u)), {})).toEqual({
      type: 'string',
      pattern: '^\\p{L}$',
    });
    expect(() => schemaOf(z.string().check(z.regex(/^a$/i)), {})).toThrow('no flags');
  });

  it('of an answer has no members but those listed', () => {
    expect(schemaOf(z.object({ a: z.string() }), { a: note }, 'output')).toMatchObject({
      additionalProperties: false,
    });
  });
});
