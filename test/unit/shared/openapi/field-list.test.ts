import { describe, expect, it } from 'vitest';
import { fieldsOf, kindOf } from '../../../../shared/openapi/field-list.ts';

const schemas = {
  File: { type: 'object', required: ['url'], properties: { url: { type: 'string', description: 'Where.' } } },
};
const file = { $ref: '#/components/schemas/File' };

describe('the kind of a value', () => {
  it.each([
    ['anything', {}],
    ['text', { type: 'string' }],
    ['text, 1 to 1,024 characters', { type: 'string', minLength: 1, maxLength: 1_024 }],
    ['text or number', { type: ['string', 'number'] }],
    ['whole number, at least 1', { type: 'integer', minimum: 1 }],
    ['whole number', { type: 'integer', maximum: Number.MAX_SAFE_INTEGER }],
    ['true', { const: true }],
    ['one of "a", "b"', { type: 'string', enum: ['a', 'b'] }],
    ['list of texts, at most 3 items', { type: 'array', items: { type: 'string' }, maxItems: 3 }],
    ['object', file],
    ['object, or list of objects', { oneOf: [file, { type: 'array', items: file }] }],
  ])('is %s', (words, schema) => {
    expect(kindOf(schema, schemas)).toBe(words);
  });
});

describe('the fields of a schema', () => {
  it('are those of all objects in it, by their path, and each once', () => {
    const schema = {
      type: 'object',
      required: ['files'],
      properties: { files: { type: 'array', items: file, description: 'All.' }, size: { type: 'number' } },
    };
    expect(fieldsOf({ oneOf: [schema, { type: 'array', items: file }] }, schemas)).toEqual([
      { path: 'files', kind: 'list of objects', isRequired: true, description: 'All.' },
      { path: 'files[].url', kind: 'text', isRequired: true, description: 'Where.' },
      { path: 'size', kind: 'number', isRequired: false, description: '' },
    ]);
  });

  it('are none of what is no object, and are refused of what does not exist', () => {
    expect(fieldsOf({ type: 'string' }, schemas)).toEqual([]);
    expect(() => fieldsOf({ $ref: '#/components/schemas/Nothing' }, schemas)).toThrow('refers to nothing');
  });
});
