/**
 * The hostile platform: draws for each call of a function, and for each event on its way, whether and how it goes wrong. A draw is
 * made of the seed, of what was asked of the function (and for how many-th time), and of which of the function's calls it is; so a run with the same seed and
 * the same requests meets the same faults at the same places, however its functions are scheduled.
 */

import type { AwsCall, OnAwsCall } from '../aws/call.ts';
import { connectionIdOf } from '../aws/management-api.ts';
import type { Deliveries } from '../deliveries.ts';
import type { Connections } from '../gateway/connections.ts';
import { type Readings, USUAL_READINGS } from '../gateway/readings.ts';
import { parseJson } from '../json.ts';
import { type Chance, makeChance } from './chance.ts';
import {
  DATABASE_FAULTS,
  DELIVERY_RATES,
  type Fault,
  type FaultName,
  OTHER_FAULTS,
  SOCKET_FAULTS,
} from './faults.ts';
import { identify, identifyHandshake, identifyItem } from './identity.ts';

export interface HostileOptions {
  seed: string;
  /** Answers to open questions in place of those that the seed draws. */
  readings?: Partial<Readings>;
  /** Rates in place of the catalogue's own; 0 leaves a fault out. */
  rates?: Partial<Record<FaultName, number>>;
  /** How much faster the platform's clock runs, so that idle and old connections are cut while one watches. */
  timesFaster?: number;
}

/** A fault that struck, and where. */
export interface Strike {
  fault: FaultName;
  at: string;
}

/** A container makes as many calls in a moment as an environment in its whole invocation, and is slower to come back. */
const CONTAINER_DEATHS = 0.1;
const LINGER_MS = 30;
const LATE_MS = 2_000;
const MESSAGE_MS = 25;

export class Hostility {
  readonly strikes: Strike[] = [];
  readonly readings: Readings;
  readonly #chance: Chance;
  readonly #rates: Partial<Record<FaultName, number>>;
  readonly #connections: Connections;
  readonly #times = new Map<string, number>();
  readonly #connectionNames = new Map<string, string>();
  readonly #invocations = new Map<string, { event: string; identity: string }>();

  constructor({ seed, rates = {}, readings = {} }: HostileOptions, connections: Connections) {
    this.#chance = makeChance(seed);
    this.readings = { ...drawReadings(this.#chance), ...readings };
    this.#rates = rates;
    this.#connections = connections;
  }

  readonly onAwsCall: OnAwsCall = async (call, proceed) => {
    // The developer's own tools are spared: they look at what became of it all.
    if (call.functionName === '') return proceed();
    const at = this.#placeOf(call);
    const fault = this.#draw(at, faultsOf(call), call.event === '' ? CONTAINER_DEATHS : 1);
    if (!fault) return proceed();
    this.strikes.push({ fault: fault.name, at });
    return fault.strike({
      proceed,
      kill: () => call.kill(),
      linger: () => this.#pause(at),
      cut: (withoutTrace) => this.#cut(connectionIdOf(call.path), withoutTrace),
    });
  };

  readonly deliveries: Deliveries = (kind, event) => {
    const what = `${kind} ${identify(event, (id) => this.#nameOf(id))}`;
    const draw = this.#chance(this.#count(what));
    const later = this.#chance(`${what} later`);
    if (kind === 'message') return [draw * MESSAGE_MS];
    const { lost, twice, late } = DELIVERY_RATES;
    if (draw < lost) return [];
    if (draw < lost + twice) return [0, later * LATE_MS];
    return [draw < lost + twice + late ? later * LATE_MS : 0];
  };

  /** How long an eventually consistent read stays behind this time. */
  readonly lagMs = (): number => this.#chance(this.#count('lag')) * LATE_MS;

  /** `deaths`: the share of the catalogue's deaths that is left to this caller. */
  #draw(
    at: string,
    faults: Record<string, Fault>,
    deaths: number,
  ): (Fault & { name: FaultName }) | undefined {
    let left = this.#chance(at);
    for (const [key, fault] of Object.entries(faults)) {
      const name = key as FaultName;
      left -= this.#rates[name] ?? fault.rate * (name.startsWith('killed-') ? deaths : 1);
      if (left < 0) return { ...fault, name };
    }
    return undefined;
  }

  #placeOf(call: AwsCall): string {
    const identity = this.#identityOf(call);
    const connectionId = call.service === 'execute-api' ? connectionIdOf(call.path) : '';
    const target = connectionId === '' ? identifyItem(call.body) : this.#nameOf(connectionId);
    return this.#count(`${identity} > ${call.operation} ${target}`);
  }

  /** What the environment is working on, with its number among equals. */
  #identityOf({ environmentId, functionName, event }: AwsCall): string {
    const known = this.#invocations.get(environmentId);
    if (known?.event === event) return known.identity;
    const parsed = parseJson(event);
    this.#meet(parsed);
    const identity = this.#count(`${functionName} ${identify(parsed, (id) => this.#nameOf(id))}`);
    this.#invocations.set(environmentId, { event, identity });
    return identity;
  }

  #meet(event: unknown): void {
    const handshake = identifyHandshake(event);
    if (handshake) this.#connectionNames.set(handshake.connectionId, this.#count(handshake.asked));
  }

  #nameOf(connectionId: string): string {
    return this.#connectionNames.get(connectionId) ?? 'a connection that made no call';
  }

  /** The same text is another one each time: `x 1`, `x 2`. */
  #count(text: string): string {
    const times = (this.#times.get(text) ?? 0) + 1;
    this.#times.set(text, times);
    return `${text} ${times}`;
  }

  async #pause(at: string): Promise<void> {
    const ms = this.#chance(this.#count(`${at} pause`)) * LINGER_MS;
    await new Promise((over) => setTimeout(over, ms));
  }

  #cut(connectionId: string, withoutTrace: boolean): void {
    if (withoutTrace) this.#connections.vanish(connectionId);
    else this.#connections.find(connectionId)?.cut();
  }
}

/** One answer for each open question, for as long as the platform runs. */
function drawReadings(chance: Chance): Readings {
  const readings = { ...USUAL_READINGS };
  for (const name of Object.keys(readings) as (keyof Readings)[])
    readings[name] = chance(`reading ${name}`) < 0.5;
  return readings;
}

function faultsOf({ service, operation }: AwsCall): Record<string, Fault> {
  if (service === 'dynamodb') return DATABASE_FAULTS;
  if (service !== 'execute-api') return OTHER_FAULTS;
  if (operation !== 'DeleteConnection') return SOCKET_FAULTS;
  const { 'socket-gone': _, ...others } = SOCKET_FAULTS;
  return others;
}
