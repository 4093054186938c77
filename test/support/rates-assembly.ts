/** The project's own assembly with other rates, so low that every machine goes beyond them. */
import { type ChangedAssembly, changedAssembly } from './changed-assembly.ts';

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** As they are deployed (contract row H6). */
export const TOKEN_RATE: Rate = { perSecond: 100, burst: 200 };
export const ADDRESS_RATE: Rate = { perSecond: 200, burst: 400 };

export function assemblyWithRates({ token = TOKEN_RATE, address = ADDRESS_RATE }): Promise<ChangedAssembly> {
  const rates = JSON.stringify({ token, address: { 'hook-backend': address } });
  return changedAssembly(({ Environment }) => {
    if (Environment?.Variables.RATES !== undefined) Environment.Variables.RATES = rates;
  });
}
