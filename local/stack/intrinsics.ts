/**
 * The intrinsic functions of CloudFormation, as far as the CDK uses them for this kind of stack. Pure: what a `Ref` or an
 * attribute stands for is asked of the scope. A function that is not listed is an error that names it, since a value left
 * unresolved would travel into an environment variable or an ARN and fail far from its cause.
 */

import { isObject, type JsonObject, toList, toText } from '../json.ts';

export interface Scope {
  ref(name: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
}

/** Stands for `AWS::NoValue`: a property or list entry of this value is left out. */
export const NO_VALUE: unique symbol = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const INTRINSICS: Record<string, Intrinsic> = {
  Ref: (argument, scope) => scope.ref(toText(argument, 'Ref')),
  'Fn::GetAtt': getAttribute,
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = toList(argument, 'Fn::Join');
    const texts = toList(resolve(parts, scope), 'Fn::Join').map((part) => toText(part, 'Fn::Join'));
    return texts.join(toText(separator, 'Fn::Join'));
  },
  'Fn::Sub': substitute,
  'Fn::Select': (argument, scope) => {
    const [index, list] = toList(argument, 'Fn::Select');
    return toList(resolve(list, scope), 'Fn::Select')[Number(resolve(index, scope))];
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = toList(argument, 'Fn::Split');
    return toText(resolve(text, scope), 'Fn::Split').split(toText(separator, 'Fn::Split'));
  },
  'Fn::If': (argument, scope) => {
    const [condition, whenTrue, whenFalse] = toList(argument, 'Fn::If');
    return resolve(scope.condition(toText(condition, 'Fn::If')) ? whenTrue : whenFalse, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = toList(resolve(argument, scope), 'Fn::Equals');
    return left === right;
  },
  'Fn::And': (argument, scope) => toList(resolve(argument, scope), 'Fn::And').every(Boolean),
  'Fn::Or': (argument, scope) => toList(resolve(argument, scope), 'Fn::Or').some(Boolean),
  'Fn::Not': (argument, scope) => !toList(resolve(argument, scope), 'Fn::Not')[0],
};

export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value))
    return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  if (!isObject(value)) return value;
  const [only, ...others] = Object.keys(value);
  if (only !== undefined && others.length === 0) {
    const intrinsic = INTRINSICS[only];
    if (intrinsic) return intrinsic(value[only], scope);
    if (only.startsWith('Fn::'))
      throw new Error(`the template uses ${only}, which the local twin does not resolve`);
    // `{Condition: name}` is a function only inside of conditions; elsewhere (an IAM statement) it is a property.
    const argument = value[only];
    if (only === 'Condition' && typeof argument === 'string') return scope.condition(argument);
  }
  return resolveObject(value, scope);
}

function resolveObject(value: JsonObject, scope: Scope): JsonObject {
  const entries = Object.entries(value).map(([key, item]) => [key, resolve(item, scope)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE));
}

function getAttribute(argument: unknown, scope: Scope): unknown {
  // YAML templates write "Resource.Attribute", the CDK a list of two.
  const parts = typeof argument === 'string' ? argument.split('.') : toList(argument, 'Fn::GetAtt');
  const [logicalId, ...attribute] = parts.map((part) => toText(part, 'Fn::GetAtt'));
  return scope.attribute(logicalId ?? '', attribute.join('.'));
}

function substitute(argument: unknown, scope: Scope): string {
  const [text, variables] = typeof argument === 'string' ? [argument, {}] : toList(argument, 'Fn::Sub');
  const own = isObject(variables) ? variables : {};
  return toText(text, 'Fn::Sub').replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (Object.hasOwn(own, name)) return toText(resolve(own[name], scope), 'Fn::Sub');
    const value = name.includes('.') ? getAttribute(name, scope) : scope.ref(name);
    return toText(value, 'Fn::Sub');
  });
}
