/**
 * docs/platform.md says what the rules of test/conformance say, all of them.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCUMENT, makeDocument, readRules, TOPICS } from '../conformance/document.ts';

const folder = new URL('../conformance/', import.meta.url);

describe('docs/platform.md', () => {
  it('is up to date; `npm run docs:platform` makes it so', () => {
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(makeDocument());
  });

  it('has a topic for each file of rules', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
    expect(files.toSorted()).toEqual(TOPICS.map(([file]) => `${file}.test.ts`).toSorted());
  });
});

describe('a rule', () => {
  const rules = TOPICS.flatMap(([file]) =>
    readRules(readFileSync(new URL(`${file}.test.ts`, folder), 'utf8')),
  );

  it('is there once, is a sentence, and has a source that can be followed', () => {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
    for (const { name, source } of rules) {
      expect(name).toMatch(/\.$/);
      expect(source.length, name).toBeGreaterThan(0);
      for (const address of source) expect(address, name).toMatch(/^https:\/\/\S+$/);
    }
  });

  it('cannot hide: a call that is not literal is an error', () => {
    expect(() => readRules('rule(name, evidence, run);\n')).toThrow(
      '1 calls of rule(), of which 0 can be read',
    );
  });
});
