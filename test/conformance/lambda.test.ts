/**
 * How Lambda runs a function on Node 24: environments and what they keep, the ways an invocation can fail, payloads, and
 * invocations that nobody waits for.
 */

import { InvokeCommand, type InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect } from 'vitest';
import type { OnAwsCall } from '../../local/aws/call.ts';
import { logicalIdOf } from '../support/fixture-assembly.ts';
import { until } from '../support/until.ts';
import { rule } from './rule.ts';
import { GITHUB, LAMBDA, LAMBDA_API } from './sources.ts';
import { type Subject, startSubject } from './subject.ts';

const ENVIRONMENTS = `${LAMBDA}/lambda-runtime-environment.html`;
const NODE = `${LAMBDA}/lambda-nodejs.html`;
const HANDLER = `${LAMBDA}/nodejs-handler.html`;
const INVOKE = `${LAMBDA_API}/API_Invoke.html`;
const ASYNC = `${LAMBDA}/invocation-async-error-handling.html`;
const ASYNC_CONFIG = `${LAMBDA}/invocation-async-configuring.html`;
const MB = 1024 * 1024;
const MINUTE = 60_000;

/** Keeps state, and does what the event asks for. */
const WORKER = `
const environment = createHash('sha256').update(process.env.AWS_ACCESS_KEY_ID).digest('hex');
console.log(JSON.stringify({ init: environment }));
let invocations = 0;
let running = 0;
exports.handler = async (event, context) => {
  invocations += 1;
  running += 1;
  const atOnce = running;
  if (event.do === 'throw') {
    running -= 1;
    throw new TypeError('no');
  }
  if (event.do === 'hang') await new Promise(() => {});
  if (event.do === 'loop') for (;;);
  if (event.do === 'exit') process.exit(1);
  if (event.do === 'reject') {
    Promise.reject(new Error('nobody listens'));
    await new Promise((done) => setTimeout(done, 1000));
  }
  if (event.do === 'hoard') {
    const hoard = [];
    for (;;) hoard.push(new Array(1e6).fill(hoard.length));
  }
  if (event.do === 'meet') await post('nobody=', 'here');
  running -= 1;
  if (event.do === 'nothing') return undefined;
  if (event.do === 'date') return { at: new Date(0), none: undefined, map: new Map([[1, 2]]) };
  if (event.do === 'large') return 'x'.repeat(event.size);
  if (event.do === 'leave') {
    setInterval(() => {}, 1000);
    void new Promise(() => {});
  }
  if (event.do === 'variables') return process.env;
  if (event.do === 'context') {
    const { awsRequestId, functionName, invokedFunctionArn, memoryLimitInMB } = context;
    return { awsRequestId, functionName, invokedFunctionArn, memoryLimitInMB, left: context.getRemainingTimeInMillis() };
  }
  return { environment, invocations, atOnce, event };
};`;

const FAILING = `exports.handler = async () => { throw new Error('each time'); }`;

const configOf = (name: string, properties: object) => ({
  Type: 'AWS::Lambda::EventInvokeConfig',
  Properties: { FunctionName: { Ref: logicalIdOf(name) }, Qualifier: '$LATEST', ...properties },
});

let subject: Subject;
let onAwsCall: OnAwsCall = (_, proceed) => proceed();

beforeAll(async () => {
  subject = await startSubject(
    {
      functions: {
        Worker: { code: WORKER, timeout: 3, variables: { OWN: 'yes' } },
        Small: { code: WORKER, timeout: 20, memory: 64 },
        Callback: { code: 'exports.handler = (event, context, callback) => callback(null, 1)' },
        Failing: { code: FAILING },
        Once: { code: FAILING },
        Aging: { code: FAILING },
      },
      http: {},
      events: {},
      resources: {
        OnceConfig: configOf('Once', { MaximumRetryAttempts: 0 }),
        AgingConfig: configOf('Aging', { MaximumEventAgeInSeconds: 120 }),
      },
    },
    { onAwsCall: (call, proceed) => onAwsCall(call, proceed) },
  );
});
afterAll(() => subject?.close());

interface Outcome {
  status: number | undefined;
  failed: string | undefined;
  payload: Record<string, unknown>;
}

function toOutcome({ StatusCode, FunctionError, Payload }: InvokeCommandOutput): Outcome {
  const payload = JSON.parse(Payload?.transformToString() ?? 'null');
  return { status: StatusCode, failed: FunctionError, payload };
}

async function invoke(event: object, name = 'Worker'): Promise<Outcome> {
  const command = new InvokeCommand({ FunctionName: `Relay-${name}`, Payload: JSON.stringify(event) });
  return toOutcome(await subject.lambda().send(command));
}

async function invokeLater(name: string): Promise<number | undefined> {
  const command = new InvokeCommand({
    FunctionName: `Relay-${name}`,
    InvocationType: 'Event',
    Payload: '{}',
  });
  return (await subject.lambda().send(command)).StatusCode;
}

const failures = (name: string) =>
  subject.lines.filter((line) => line.includes('Invoke Error') && line.includes(`"function":"${name}"`))
    .length;

/** Waits for this many failures of a function, and sees that no further one follows by itself. */
async function failed(name: string, count: number): Promise<void> {
  await until(`${count} failures of ${name}`, () => failures(name) >= count || undefined);
  await new Promise((next) => setTimeout(next, 50));
  expect(failures(name)).toBe(count);
}

rule(
  'An environment runs one invocation at a time; invocations at the same time run in environments of their own.',
  { kind: 'documented', source: [`${LAMBDA}/lambda-concurrency.html`] },
  async () => {
    const environments = new Set<string>();
    let allAreIn = () => {};
    const meeting = new Promise<void>((resolve) => {
      allAreIn = resolve;
    });
    onAwsCall = async ({ environmentId }, proceed) => {
      if (environmentId !== '' && environments.add(environmentId).size === 3) allAreIn();
      if (environmentId !== '') await meeting;
      return proceed();
    };
    const outcomes = await Promise.all([1, 2, 3].map(() => invoke({ do: 'meet' })));
    onAwsCall = (_, proceed) => proceed();
    expect(outcomes.map(({ payload }) => payload.atOnce)).toEqual([1, 1, 1]);
    expect(new Set(outcomes.map(({ payload }) => payload.environment)).size).toBe(3);
  },
);

rule(
  'An environment is used again, with the state of its modules; the code around the handler runs once in each.',
  { kind: 'documented', source: [ENVIRONMENTS, `${LAMBDA}/best-practices.html`] },
  async () => {
    const first = (await invoke({})).payload;
    const second = (await invoke({})).payload;
    expect(second.environment).toBe(first.environment);
    expect(second.invocations).toBe(Number(first.invocations) + 1);
    const inits = subject.lines.filter((line) => line === JSON.stringify({ init: first.environment }));
    expect(inits).toHaveLength(1);
  },
);

rule(
  'A function that fails is still a successful Invoke: 200 with `FunctionError` "Unhandled" and the error as payload; its ' +
    'environment goes on.',
  { kind: 'documented', source: [INVOKE, `${LAMBDA}/nodejs-exceptions.html`] },
  async () => {
    const before = (await invoke({})).payload;
    expect(await invoke({ do: 'throw' })).toMatchObject({
      status: 200,
      failed: 'Unhandled',
      payload: { errorType: 'TypeError', errorMessage: 'no', trace: expect.any(Array) },
    });
    expect((await invoke({})).payload).toMatchObject({ environment: before.environment });
  },
);

rule(
  'A function that runs longer than its time-out is ended together with its environment, even in the middle of a loop; the ' +
    'next invocation finds a fresh one.',
  { kind: 'documented', source: [ENVIRONMENTS, `${LAMBDA}/configuration-timeout.html`] },
  async () => {
    const before = (await invoke({})).payload;
    const outcomes = await Promise.all([invoke({ do: 'hang' }), invoke({ do: 'loop' })]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        failed: 'Unhandled',
        payload: {
          errorType: 'Sandbox.Timedout',
          errorMessage: expect.stringContaining('timed out after 3.00 seconds'),
        },
      });
    }
    expect((await invoke({})).payload.environment).not.toBe(before.environment);
  },
);

rule(
  'A function that exits, or leaves a rejected promise unhandled, ends its environment; the next invocation finds a fresh one.',
  { kind: 'documented', source: [ENVIRONMENTS, NODE] },
  async () => {
    for (const what of ['exit', 'reject']) {
      const before = (await invoke({})).payload;
      expect(await invoke({ do: what }), what).toMatchObject({ status: 200, failed: 'Unhandled' });
      const after = (await invoke({})).payload;
      expect(after.environment, what).not.toBe(before.environment);
    }
  },
);

rule(
  'A function that needs more memory than it has ends with its environment.',
  { kind: 'documented', source: [`${LAMBDA}/configuration-memory.html`, ENVIRONMENTS] },
  async () => {
    const before = (await invoke({}, 'Small')).payload;
    expect(await invoke({ do: 'hoard' }, 'Small')).toMatchObject({ status: 200, failed: 'Unhandled' });
    expect((await invoke({}, 'Small')).payload.environment).not.toBe(before.environment);
  },
);

rule(
  'What a handler returns crosses as JSON: a date becomes text, undefined members are left out, nothing at all is null.',
  { kind: 'documented', source: [HANDLER] },
  async () => {
    expect((await invoke({ do: 'date' })).payload).toEqual({ at: '1970-01-01T00:00:00.000Z', map: {} });
    expect((await invoke({ do: 'nothing' })).payload).toBeNull();
  },
);

rule(
  'On Node 24 a handler that takes a callback is refused when it is loaded.',
  {
    kind: 'open',
    source: [
      `${GITHUB}/aws/aws-cdk/releases/tag/v2.259.0`,
      `${GITHUB}/aws/aws-lambda-nodejs-runtime-interface-client/issues/137`,
    ],
    otherwise:
      'it is invoked and its callback leads nowhere: that such handlers are gone is documented, and not how they are told.',
  },
  async () => {
    expect(await invoke({}, 'Callback')).toMatchObject({
      failed: 'Unhandled',
      payload: { errorMessage: expect.stringContaining('no longer supports') },
    });
  },
);

rule(
  'On Node 24 the answer leaves when the handler returns: work that it has not awaited is not waited for.',
  {
    kind: 'documented',
    source: [
      `${LAMBDA}/config-rs-write-functions.html`,
      'https://blog.dai.codes/aws-gw-management-api-promises/',
    ],
  },
  async () => {
    expect(await invoke({ do: 'leave' })).toMatchObject({ status: 200, failed: undefined });
  },
);

rule(
  "The event and the result of an invocation may have 6 MB each: a larger event is 413, a larger result the function's failure.",
  { kind: 'documented', source: [INVOKE, `${LAMBDA}/gettingstarted-limits.html`] },
  async () => {
    const event = (size: number) => ({ do: 'nothing', padding: 'x'.repeat(size) });
    expect((await invoke(event(6 * MB - 100))).status).toBe(200);
    await expect(invoke(event(6 * MB))).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
    expect(await invoke({ do: 'large', size: 6 * MB - 2 })).toMatchObject({ failed: undefined });
    expect(await invoke({ do: 'large', size: 6 * MB })).toMatchObject({
      failed: 'Unhandled',
      payload: { errorType: 'Function.ResponseSizeTooLarge' },
    });
  },
);

rule(
  'An invocation of type Event is accepted with 202 before the function has run; its event may have 1 MB.',
  { kind: 'documented', source: [INVOKE, `${LAMBDA}/gettingstarted-limits.html`] },
  async () => {
    const send = (size: number) =>
      subject.lambda().send(
        new InvokeCommand({
          FunctionName: 'Relay-Worker',
          InvocationType: 'Event',
          Payload: `"${'x'.repeat(size - 2)}"`,
        }),
      );
    expect((await send(MB)).StatusCode).toBe(202);
    await expect(send(MB + 1)).rejects.toMatchObject({ name: 'RequestTooLargeException' });
  },
);

rule(
  'An asynchronous invocation that fails is tried again after one minute and, a second and last time, two minutes later.',
  { kind: 'documented', source: [ASYNC] },
  async () => {
    expect(await invokeLater('Failing')).toBe(202);
    await failed('Failing', 1);
    subject.clock.advance(MINUTE - 1);
    await failed('Failing', 1);
    subject.clock.advance(1);
    await failed('Failing', 2);
    subject.clock.advance(2 * MINUTE - 1);
    await failed('Failing', 2);
    subject.clock.advance(1);
    await failed('Failing', 3);
    subject.clock.advance(60 * MINUTE);
    await failed('Failing', 3);
  },
);

rule(
  'EventInvokeConfig sets how often an asynchronous invocation is tried again, and how old its event may get.',
  { kind: 'documented', source: [ASYNC_CONFIG] },
  async () => {
    await invokeLater('Once');
    await invokeLater('Aging');
    await failed('Once', 1);
    await failed('Aging', 1);
    subject.clock.advance(MINUTE);
    await failed('Once', 1);
    await failed('Aging', 2);
    subject.clock.advance(10 * MINUTE);
    await failed('Aging', 2);
  },
);

rule(
  'A function has the variables of its configuration and those that Lambda sets, and its context tells who it is and how much ' +
    'time is left.',
  { kind: 'documented', source: [`${LAMBDA}/configuration-envvars.html`, `${LAMBDA}/nodejs-context.html`] },
  async () => {
    const { payload } = await invoke({ do: 'variables' });
    expect(payload).toMatchObject({
      OWN: 'yes',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'Relay-Worker',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    });
    const context = (await invoke({ do: 'context' })).payload;
    expect(context).toEqual({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionName: 'Relay-Worker',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Relay-Worker',
      memoryLimitInMB: '256',
      left: expect.any(Number),
    });
    expect(context.left).toBeLessThanOrEqual(3000);
  },
);

rule(
  'A function that does not exist is 404, and an event that is no JSON is 400.',
  { kind: 'documented', source: [INVOKE] },
  async () => {
    await expect(invoke({}, 'Nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const broken = new InvokeCommand({ FunctionName: 'Relay-Worker', Payload: '{' });
    await expect(subject.lambda().send(broken)).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    });
  },
);
