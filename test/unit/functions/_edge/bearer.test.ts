/** Which headers `Authorization` hold a bearer token. */
import { expect, it } from 'vitest';
import { bearerIn } from '../../../../functions/_edge/bearer.ts';

it.each(['Bearer a.b-c', 'bearer a.b-c', 'BEARER   a.b-c  '])('%j has the token', (header) => {
  expect(bearerIn(header)).toBe('a.b-c');
});

it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic a.b-c', 'Bearera.b-c', 'Bearer a b', 'x Bearer a'])(
  '%j has none',
  (header) => {
    expect(bearerIn(header)).toBeUndefined();
  },
);
