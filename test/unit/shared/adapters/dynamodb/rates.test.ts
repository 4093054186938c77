import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressBucket } from '../../../../../shared/adapters/dynamodb/rates.ts';
import { keys } from '../../../../../shared/adapters/dynamodb/table.ts';
import { Rates } from '../../../../../shared/auth/rate.ts';
import { bucketConformance } from '../../bucket-conformance.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable(3_600);
});
afterAll(() => local.close());

let addresses = 0;
const newAddress = (): string => {
  addresses += 1;
  return `192.0.2.${addresses}`;
};

bucketConformance("an address's, on DynamoDB", async () => addressBucket(local.table, 'g', newAddress()));

const rate = { perSecond: 1, burst: 20 };

describe('the rate of an address', () => {
  it.each([1, 5])(
    'of a burst of 20 lets exactly 20 of 50 at once pass, in %i environments',
    async (count) => {
      const address = newAddress();
      const environments = Array.from({ length: count }, () => new Rates(rate, () => local.clock.now));
      const hits = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          environments[n % count]?.hit(address, addressBucket(local.table, 'g', address)),
        ),
      );
      const kinds = hits.map((hit) => hit?.kind);
      expect(kinds.filter((kind) => kind === 'passed')).toHaveLength(20);
      expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(30);
    },
  );

  it('is full again when its time has come, though its item is still there', async () => {
    const address = newAddress();
    const passing = async (count: number): Promise<number> => {
      const rates = new Rates(rate, () => local.clock.now);
      let passed = 0;
      for (let n = 0; n < count; n += 1) {
        const hit = await rates.hit(address, addressBucket(local.table, 'g', address));
        if (hit.kind === 'passed') passed += 1;
      }
      return passed;
    };
    expect(await passing(21)).toBe(20);
    local.clock.now += 86_400_000;
    expect(await passing(21)).toBe(20);
  });

  it('is its own in each group', async () => {
    const address = newAddress();
    const one = { perSecond: 1, burst: 1 };
    const hit = (group: string) =>
      new Rates(one, () => local.clock.now).hit(address, addressBucket(local.table, group, address));
    expect(await hit('live-events')).toMatchObject({ kind: 'passed' });
    expect(await hit('live-events')).toMatchObject({ kind: 'refused' });
    expect(await hit('hook-backend')).toMatchObject({ kind: 'passed' });
  });

  it('is kept for longer than any bucket takes to fill, and without the address', async () => {
    const address = newAddress();
    const now = local.clock.now * 1_000;
    await addressBucket(local.table, 'g', address).move('idle', { now, interval: 1, slack: 0 });
    const { pk } = keys.rate('g', address);
    const items = (await local.items()).filter((item) => item.pk?.S === pk.S);
    expect(items).toEqual([
      {
        ...keys.rate('g', address),
        tat: { N: String(now + 1) },
        exp: { N: String(now / 1_000_000 + 3_600) },
      },
    ]);
    expect(JSON.stringify(items)).not.toContain(address);
  });

  it('is a failure where the table is', async () => {
    const bucket = addressBucket({ ...local.table, name: 'no-such-table' }, 'g', newAddress());
    const hit = new Rates(rate, () => local.clock.now).hit('k', bucket);
    await expect(hit).rejects.toThrow('Requested resource not found');
  });
});
