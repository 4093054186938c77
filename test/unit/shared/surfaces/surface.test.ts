/** The list of surfaces, and what there has to be of each of them. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { publishingSurfaces, surfaceNames } from '../../../../shared/config.ts';

describe.each(surfaceNames)('the surface %s', (name) => {
  it('says its name in the file of that name', async () => {
    const module: Record<string, unknown> = await import(`../../../../shared/surfaces/${name}.ts`);
    expect(Object.values(module)).toContainEqual(expect.objectContaining({ name }));
  });

  it.each([
    `shared/surfaces/${name}-operations.ts`,
    `test/support/acts/${name}.ts`,
    `docs/surfaces/${name}.md`,
  ])('has %s', (file) => {
    expect(existsSync(file)).toBe(true);
  });
});

describe.each(publishingSurfaces)('the surface %s, which publishes,', (name) => {
  it('takes events, and has clients that watch them', async () => {
    expect(existsSync(`functions/ingest-${name}.ts`)).toBe(true);
    const module: Record<string, unknown> = await import(`../../../../shared/surfaces/${name}.ts`);
    const socketPaths = expect.arrayContaining([expect.any(String)]);
    expect(Object.values(module)).toContainEqual(expect.objectContaining({ name, socketPaths }));
  });
});
