/**
 * What CloudFormation would make of a template: references, functions, conditions, and the errors that name what is unknown.
 */

import { describe, expect, it } from 'vitest';
import { resolve, type Scope } from '../../../../local/stack/intrinsics.ts';
import { readTemplate } from '../../../../local/stack/template.ts';

const scope: Scope = {
  ref: (name) => (name === 'List' ? ['a', 'b'] : `ref-${name}`),
  attribute: (logicalId, attribute) => `${logicalId}/${attribute}`,
  condition: (name) => name === 'Yes',
};

/** CloudFormation's placeholder for a variable in Fn::Sub. */
const variable = (name: string) => `$\{${name}}`;

describe('an intrinsic function', () => {
  it.each([
    ['Ref', { Ref: 'A' }, 'ref-A'],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['A', 'Arn'] }, 'A/Arn'],
    ['Fn::GetAtt as text', { 'Fn::GetAtt': 'A.Nested.Name' }, 'A/Nested.Name'],
    ['Fn::Join', { 'Fn::Join': ['-', ['x', { Ref: 'A' }]] }, 'x-ref-A'],
    [
      'Fn::Sub',
      { 'Fn::Sub': `${variable('A')}:${variable('A.Arn')}:${variable('!Kept')}` },
      `ref-A:A/Arn:${variable('Kept')}`,
    ],
    ['Fn::Sub with variables', { 'Fn::Sub': [variable('x'), { x: { Ref: 'A' } }] }, 'ref-A'],
    ['Fn::Select', { 'Fn::Select': [1, { Ref: 'List' }] }, 'b'],
    ['Fn::Split', { 'Fn::Split': ['/', { 'Fn::GetAtt': ['A', 'Arn'] }] }, ['A', 'Arn']],
    ['Fn::If', { 'Fn::If': ['No', 1, { 'Fn::If': ['Yes', 2, 3] }] }, 2],
    ['nested in objects and lists', { a: [{ Ref: 'A' }] }, { a: ['ref-A'] }],
  ])('resolves: %s', (_, value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  it('is an error that names it when unknown', () => {
    expect(() => resolve({ 'Fn::Cidr': [] }, scope)).toThrow('Fn::Cidr');
  });
});

const fn = { Type: 'AWS::Lambda::Function', Properties: { Handler: 'index.handler' } };

describe('a template', () => {
  it('gives physical names that come from the logical ids without their hash', () => {
    const { resources } = readTemplate({ Resources: { EventsConnectFunction1A2B3C4D: fn } }, 'Relay');
    expect(resources[0]).toMatchObject({
      name: 'EventsConnectFunction',
      ref: 'Relay-EventsConnectFunction',
      attributes: { Arn: 'arn:aws:lambda:us-east-1:000000000000:function:Relay-EventsConnectFunction' },
    });
  });

  it('keeps the hash where two names differ in nothing else', () => {
    const { resources } = readTemplate({ Resources: { Fn1A2B3C4D: fn, Fn5A6B7C8D: fn } }, 'Relay');
    expect(resources.map(({ name }) => name)).toEqual(['Fn1A2B3C4D', 'Fn5A6B7C8D']);
  });

  it('leaves out what a false condition leaves out, and AWS::NoValue', () => {
    const Conditions = { IsLive: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] } };
    const Kept = { ...fn, Properties: { A: { 'Fn::If': ['IsLive', 1, { Ref: 'AWS::NoValue' }] }, B: 2 } };
    const { resources } = readTemplate(
      { Conditions, Resources: { Gone: { ...fn, Condition: 'IsLive' }, Kept } },
      'Relay',
    );
    expect(resources.map(({ logicalId, properties }) => ({ logicalId, properties }))).toEqual([
      { logicalId: 'Kept', properties: { B: 2 } },
    ]);
  });

  it('resolves pseudo parameters and the defaults of parameters', () => {
    const Parameters = { Stage: { Type: 'String', Default: 'live' } };
    const Value = {
      'Fn::Join': ['/', [{ Ref: 'AWS::AccountId' }, { Ref: 'AWS::URLSuffix' }, { Ref: 'Stage' }]],
    };
    const { outputs } = readTemplate({ Parameters, Resources: {}, Outputs: { O: { Value } } }, 'Relay');
    expect(outputs).toEqual({ O: '000000000000/amazonaws.com/live' });
  });

  it('is refused when it has a resource type that the twin does not know', () => {
    const Resources = { Queue: { Type: 'AWS::SQS::Queue' } };
    expect(() => readTemplate({ Resources }, 'Relay')).toThrow(
      'Queue: the local twin does not know the resource type AWS::SQS::Queue',
    );
  });

  it('is refused when it reads an attribute that the twin does not know', () => {
    const Reader = { ...fn, Properties: { A: { 'Fn::GetAtt': ['Reader', 'SnapStartResponse.ApplyOn'] } } };
    expect(() => readTemplate({ Resources: { Reader } }, 'Relay')).toThrow(
      'SnapStartResponse.ApplyOn of Reader',
    );
  });
});
