/**
 * What the hostile platform does to the calls of functions, and how often. Every one of these happens on AWS: services throttle
 * and fail, an answer gets lost after its call took effect, a post meets a 410 that says nothing, sockets break, and an environment ends in
 * the middle of its work. One call meets one fault at the most; the rates are shares of all calls of that service.
 */

import { type AwsAnswer, errorAnswer } from '../aws/answer.ts';

/** What a fault can do besides answering. */
export interface Scene {
  /** Lets the call take effect. */
  proceed(): Promise<AwsAnswer | undefined>;
  /** Ends the calling environment at once. */
  kill(): void;
  /** Waits a moment, of a length that belongs to this call. */
  linger(): Promise<void>;
  /** Cuts the socket that the call is about; without a trace when no $disconnect is to follow. */
  cut(withoutTrace: boolean): void;
}

export interface Fault {
  rate: number;
  /** Undefined: the connection breaks off without an answer. */
  strike(scene: Scene): Promise<AwsAnswer | undefined>;
}

const throughputExceeded = () =>
  errorAnswer(
    400,
    'ProvisionedThroughputExceededException',
    'The level of configured throughput was exceeded',
  );
const internalError = () => errorAnswer(500, 'InternalServerError', 'Internal server error');
const gone = () => errorAnswer(410, 'GoneException', 'Gone');
const tooMany = () => errorAnswer(429, 'LimitExceededException', 'Too Many Requests');

async function takeEffect({ proceed }: Scene, answer?: () => AwsAnswer): Promise<AwsAnswer | undefined> {
  await proceed();
  return answer?.();
}

async function dieBefore({ kill }: Scene): Promise<undefined> {
  kill();
}

async function dieAfter({ proceed, kill }: Scene): Promise<undefined> {
  await proceed();
  kill();
}

async function beLate({ linger, proceed }: Scene): Promise<AwsAnswer | undefined> {
  await linger();
  const answer = await proceed();
  await linger();
  return answer;
}

export const DATABASE_FAULTS = {
  'database-throttled': { rate: 0.01, strike: async () => throughputExceeded() },
  'database-failed': { rate: 0.01, strike: async () => internalError() },
  'database-unreachable': { rate: 0.005, strike: async () => undefined },
  'database-failed-after-effect': { rate: 0.01, strike: (scene) => takeEffect(scene, internalError) },
  'database-silent-after-effect': { rate: 0.01, strike: (scene) => takeEffect(scene) },
  'database-late': { rate: 0.05, strike: beLate },
  'killed-before-database': { rate: 0.002, strike: dieBefore },
  'killed-after-database': { rate: 0.002, strike: dieAfter },
} satisfies Record<string, Fault>;

/** A DELETE is never answered by a 410 that is not true: there is nothing left that could contradict it. */
export const SOCKET_FAULTS = {
  'socket-gone': { rate: 0.005, strike: async () => gone() },
  'socket-throttled': { rate: 0.02, strike: async () => tooMany() },
  'socket-failed': { rate: 0.01, strike: async () => internalError() },
  'socket-failed-after-effect': { rate: 0.005, strike: (scene) => takeEffect(scene, internalError) },
  'socket-silent-after-effect': { rate: 0.005, strike: (scene) => takeEffect(scene) },
  'socket-late': { rate: 0.05, strike: beLate },
  'socket-cut': {
    rate: 0.001,
    strike({ cut, proceed }) {
      cut(false);
      return proceed();
    },
  },
  'socket-vanished': {
    rate: 0.001,
    strike({ cut, proceed }) {
      cut(true);
      return proceed();
    },
  },
  'killed-before-socket': { rate: 0.001, strike: dieBefore },
  'killed-after-socket': { rate: 0.001, strike: dieAfter },
} satisfies Record<string, Fault>;

/** Secrets Manager, Lambda's own API. */
export const OTHER_FAULTS = {
  'service-failed': { rate: 0.02, strike: async () => internalError() },
  'service-silent-after-effect': { rate: 0.01, strike: (scene) => takeEffect(scene) },
  'service-late': { rate: 0.05, strike: beLate },
} satisfies Record<string, Fault>;

/** Events that nobody waits for: their shares of what is handed over. */
export const DELIVERY_RATES = { lost: 0.05, twice: 0.05, late: 0.3 };

export type FaultName = keyof typeof DATABASE_FAULTS | keyof typeof SOCKET_FAULTS | keyof typeof OTHER_FAULTS;
