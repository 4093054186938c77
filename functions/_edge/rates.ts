/** The rates that callers are held to, as the deployer set them. */
import { addressBucket } from '../../shared/adapters/dynamodb/rates.ts';
import type { Table } from '../../shared/adapters/dynamodb/table.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { Rates } from '../../shared/auth/rate.ts';
import { tooMany } from '../../shared/auth/tokens.ts';
import { env, type RateSettings, type SurfaceName } from '../../shared/config.ts';
import { setting } from './runtime.ts';
import { addressGroup } from './source-address.ts';

/** Counts a call of an address; throws the 429 of one that calls too often. */
export type AddressLimit = (address: string) => Promise<void>;

export function openTokenRates(): Rates {
  return new Rates(rateSettings().token, systemClock.now);
}

export function openAddressLimit(table: Table, surface: SurfaceName): AddressLimit {
  const rate = rateSettings().address[surface];
  if (!rate) return async () => undefined;
  const rates = new Rates(rate, systemClock.now);
  return async (address) => {
    const group = addressGroup(address);
    const hit = await rates.hit(group, addressBucket(table, surface, group));
    if (hit.kind === 'refused') throw tooMany('this address', hit.retryAfterSeconds);
  };
}

function rateSettings(): RateSettings {
  return JSON.parse(setting(env.rates));
}
