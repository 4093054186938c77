/** Tokens in a table, as the functions that issue them put them there. */
import { makeTokens } from '../../../../../shared/adapters/dynamodb/tokens.ts';
import { newToken, newUserId } from '../../../../../shared/auth/opaque-token.ts';
import type { TokenRecord } from '../../../../../shared/auth/tokens.ts';
import type { LocalTable } from './local-table.ts';

export type Issued = ReturnType<typeof newToken> & { readonly record: TokenRecord };

/** A token of a user of its own that expires in an hour, where a test does not say otherwise. */
export async function issueToken(
  { table, clock }: LocalTable,
  wanted: Partial<Omit<TokenRecord, 'id'>> = {},
): Promise<Issued> {
  const { user = newUserId(), kind = 'hook' } = wanted;
  const token = newToken(kind, user);
  const createdAt = Math.floor(clock.now / 1_000);
  const record: TokenRecord = {
    id: token.id,
    user,
    kind,
    scopes: ['webhook'],
    createdAt,
    exp: createdAt + 3_600,
    ...wanted,
  };
  await makeTokens(table).put(record, token.hash);
  return { ...token, record };
}
