/**
 * Narrowing of JSON that was written by somebody else: a synthesized template, a client's body, a function's answer.
 * Each reader names the place in its error, because "expected a string" alone is of no use in a template of 3,000 lines.
 */

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function toObject(value: unknown, place: string): JsonObject {
  if (!isObject(value)) throw new Error(`${place}: expected an object`);
  return value;
}

export function toList(value: unknown, place: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${place}: expected a list`);
  return value;
}

/** A list of objects, empty when the property is absent. */
export function toObjects(value: unknown, place: string): JsonObject[] {
  return toList(value ?? [], place).map((item) => toObject(item, place));
}

export function toText(value: unknown, place: string): string {
  if (typeof value !== 'string') throw new Error(`${place}: expected a string`);
  return value;
}

/** CloudFormation takes numbers as numbers or as text, and the CDK writes both. */
export function toNumber(value: unknown, place: string): number {
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) throw new Error(`${place}: expected a number`);
  return number;
}

/** Undefined for what is no JSON: a body need not be any. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
