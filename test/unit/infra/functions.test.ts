/** That each function is given what it is expected to have, and nothing else. */
import { describe, expect, test } from 'vitest';
import { connections, functions } from './expected-functions.ts';
import { environment, flat, grants, resource, resources, type Statement, synthesize } from './support.ts';

const template = synthesize();

test('the stack has these functions and no others', () => {
  const names = resources(template).flatMap(([id, { Type }]) =>
    Type === 'AWS::Lambda::Function' ? [id] : [],
  );
  expect(names.map((id) => id.slice(0, -8)).sort()).toEqual(
    functions.map(({ name }) => `${name}Function`).sort(),
  );
});

describe.each(functions)('$name', ({ name, seconds, memory, ...expected }) => {
  const [, fn] = resource(template, `${name}Function`);

  test('runs on Node 24 on ARM within its time and memory', () => {
    expect(fn.Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: seconds,
      MemorySize: memory,
    });
  });

  test('may do exactly this', () => {
    const ownLog = { [`<${name}Logs.Arn>`]: ['logs:CreateLogStream', 'logs:PutLogEvents'] };
    expect(grants(template, name)).toEqual({ ...ownLog, ...expected.grants });
  });

  test('is told exactly this', () => {
    expect(environment(fn)).toEqual({ POWERTOOLS_SERVICE_NAME: 'relay', ...expected.environment });
  });

  test('writes to a log group of its own', () => {
    const [logs] = resource(template, `${name}Logs`);
    expect(fn.Properties.LoggingConfig).toEqual({ LogGroup: { Ref: logs } });
  });
});

test('no role carries a managed policy or an inline one of its own', () => {
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role'))) {
    expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(Properties).not.toHaveProperty('Policies');
  }
});

test('no permission has a wildcard but for the connections of one API, stage and verb', () => {
  const statements = resources(template).flatMap(([, { Type, Properties }]) =>
    Type === 'AWS::IAM::Policy' ? (Properties.PolicyDocument as { Statement: Statement[] }).Statement : [],
  );
  const wild = statements
    .flatMap(({ Action, Resource: targets }) => [...[Action].flat(), ...[targets].flat().map(flat)])
    .filter((text) => text.includes('*'));
  const verbs = ['POST', 'GET', 'DELETE'];
  expect(new Set(wild)).toEqual(
    new Set(['Events', 'Peers'].flatMap((api) => verbs.map((verb) => connections(verb, api)))),
  );
});
