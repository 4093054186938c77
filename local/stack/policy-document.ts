/**
 * The statements of an identity policy: which actions on which resources it allows or denies. A part of a statement that the
 * twin cannot evaluate stops the start with its name: left out, it would allow more here than on AWS, or less.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

import { type JsonObject, toObject, toText } from '../json.ts';

export interface Patterns {
  patterns: string[];
  /** `NotAction` and `NotResource`: whatever none of the patterns matches. */
  isInverted: boolean;
}

export interface Statement {
  effect: 'Allow' | 'Deny';
  actions: Patterns;
  resources: Patterns;
}

const PARTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource'];
/** IAM refuses a policy whose actions name no service, and one whose resources are no ARNs. */
const ACTION = /^(\*|[\w-]+:[\w*?]+)$/;
const RESOURCE = /^(\*|arn:.+)$/s;

export function readStatements(document: unknown, place: string): Statement[] {
  return toStatements(document, place).map((statement) => {
    refuseOthers(statement, PARTS, place);
    return {
      effect: toEffect(statement.Effect, place),
      actions: readPatterns(statement, 'Action', ACTION, place),
      resources: readPatterns(statement, 'Resource', RESOURCE, place),
    };
  });
}

export function toStatements(document: unknown, place: string): JsonObject[] {
  const { Statement } = toObject(document, place);
  return oneOrMore(Statement, place).map((statement) => toObject(statement, place));
}

/** Wherever a policy takes a list, it takes a single entry too. */
export function toTexts(value: unknown, place: string): string[] {
  return oneOrMore(value, place).map((text) => toText(text, place));
}

export function refuseOthers(value: JsonObject, known: string[], place: string): void {
  const other = Object.keys(value).find((key) => !known.includes(key));
  if (other !== undefined) throw new Error(`${place}: the local twin cannot evaluate ${other}`);
}

function oneOrMore(value: unknown, place: string): unknown[] {
  if (value === undefined) throw new Error(`${place}: expected one or more`);
  return Array.isArray(value) ? value : [value];
}

function toEffect(value: unknown, place: string): 'Allow' | 'Deny' {
  if (value !== 'Allow' && value !== 'Deny') throw new Error(`${place}: the Effect must be Allow or Deny`);
  return value;
}

function readPatterns(
  statement: JsonObject,
  part: 'Action' | 'Resource',
  form: RegExp,
  place: string,
): Patterns {
  const isInverted = statement[part] === undefined;
  if (!isInverted && statement[`Not${part}`] !== undefined) {
    throw new Error(`${place}: a statement has either ${part} or Not${part}`);
  }
  const name = isInverted ? `Not${part}` : part;
  const patterns = toTexts(statement[name], `${place}.${name}`);
  if (patterns.length === 0) throw new Error(`${place}.${name}: an empty list`);
  for (const pattern of patterns) {
    if (!form.test(pattern)) throw new Error(`${place}: ${pattern} is no ${part} of a policy`);
    // What a policy variable stands for depends on the request.
    if (pattern.includes('${')) {
      throw new Error(`${place}: the local twin cannot evaluate the policy variable in ${pattern}`);
    }
  }
  return { patterns, isInverted };
}
