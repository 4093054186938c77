import { describe, expect, it } from 'vitest';
import { isOriginAllowed } from '../../../../shared/auth/origin.ts';

const app = 'https://app.example';

describe('an origin', () => {
  it.each<[string, string[], string | undefined, boolean]>([
    ['that is listed', [app, 'http://localhost:3000'], 'http://localhost:3000', true],
    ['that is not', [app], 'https://other.example', false],
    ['of another scheme', [app], 'http://app.example', false],
    ['of another port', [app], 'https://app.example:8443', false],
    ['that begins like a listed one', [app], 'https://app.example.evil.example', false],
    ['that ends like a listed one', [app], 'https://evil.app.example', false],
    ['in another case, which no browser writes', [app], 'https://APP.example', false],
    ['of a page without one', [app], 'null', false],
    ['that is empty', [app], '', false],
    ['that is missing: no browser', [app], undefined, true],
    ['of anybody, where all are listed', ['*'], 'null', true],
    ['of anybody, where nobody made a list', [], 'https://other.example', true],
  ])('%s: %j, %j: %s', (_, allowed, origin, isAllowed) => {
    expect(isOriginAllowed(allowed, origin)).toBe(isAllowed);
  });
});
