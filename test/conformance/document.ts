/**
 * Makes docs/platform.md out of the rules: `npm run docs:platform`. The test files are read and not run, so a rule's name and
 * evidence are literals, with nothing in them but the addresses of sources.ts and constants made of these.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import * as sources from './sources.ts';

/** The topics in the order of a reader who starts with a client. */
export const TOPICS: [file: string, title: string][] = [
  ['handshake', 'Handshakes'],
  ['messages', 'Messages'],
  ['connection-life', 'The life of a connection'],
  ['management-api', '@connections'],
  ['throttling', 'Throttling'],
  ['http-api', 'HTTP APIs'],
  ['cors', 'CORS'],
  ['lambda-events', 'Events of functions'],
  ['lambda', 'Functions'],
  ['function-urls', 'Function URLs and response streaming'],
  ['function-url-cors', 'CORS of function URLs'],
  ['signatures', 'Signatures'],
];

const KINDS: [kind: string, meaning: string][] = [
  ['documented', "in the vendor's documentation, or in its SDK's model"],
  ['reported', "seen and published by users, or told by the vendor's staff in a forum"],
  ['inferred', 'our reading of what the sources say'],
  [
    'open',
    'the sources do not settle it: the rule says what the twin does, and below it what AWS may do instead',
  ],
];

interface Rule {
  name: string;
  kind: string;
  source: string[];
  otherwise?: string;
}

const RULE = /^rule\(([\s\S]*?),\s+async \(\) => \{$/gm;
/** A constant that is an address, or a list of them. */
const ADDRESS = /^const ([A-Z_]+) =\s*(`\$\{[^`]*`|\[[^\]]*\]);$/gm;
const HEADER = /^\/\*\*\n([\s\S]*?) \*\/\n/;

const toPath = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
export const DOCUMENT = toPath('../../docs/platform.md');

export function readRules(text: string): Rule[] {
  const known: Record<string, unknown> = { ...sources };
  for (const [, name = '', value] of text.matchAll(ADDRESS))
    known[name] = runInNewContext(`(${value})`, known);
  const rules = [...text.matchAll(RULE)].map(([, literals]): Rule => {
    const [name, evidence] = runInNewContext(`[${literals}]`, known);
    return { name, ...evidence };
  });
  const calls = text.match(/^rule\(/gm)?.length ?? 0;
  if (rules.length !== calls)
    throw new Error(`${calls} calls of rule(), of which ${rules.length} can be read`);
  return rules;
}

export function makeDocument(): string {
  const topics = TOPICS.map(([file, title]) => {
    const text = readFileSync(toPath(`./${file}.test.ts`), 'utf8');
    return { title, about: readHeader(text), rules: readRules(text) };
  });
  const all = topics.flatMap(({ rules }) => rules);
  const kinds = KINDS.map(([kind, meaning]) => {
    const count = all.filter((rule) => rule.kind === kind).length;
    return `- **${kind}** (${count}): ${meaning}.`;
  });
  const chapters = topics.map(
    ({ title, about, rules }) => `## ${title}\n\n${about}\n\n${rules.map(toBullet).join('\n')}\n`,
  );
  return `# How API Gateway and Lambda behave

The ${all.length} rules of the platform that the local twin keeps, each with where it is written. Every rule is a test of
the same name in \`test/conformance\`, run against the twin by \`npm test\`. This page is made from them by
\`npm run docs:platform\`. What the twin does not run (authorizers, routes chosen by a message, route responses, integrations
other than Lambda's) has no rules here: a template that uses it does not start, and the error names it.

${kinds.join('\n')}

${chapters.join('\n')}`;
}

function readHeader(text: string): string {
  const [, header = ''] = HEADER.exec(text) ?? [];
  return header.replaceAll(/^ \* ?/gm, '').trim();
}

function toBullet({ name, kind, source, otherwise }: Rule): string {
  const links = source.map((address) => `[${toLabel(address)}](${address})`).join(', ');
  const doubt = otherwise === undefined ? '' : `\n  Or: ${otherwise}`;
  return `- ${name}${doubt}\n  **${kind}**: ${links}`;
}

/** The page's own name at AWS, the repository and thread at GitHub, else the host. */
function toLabel(address: string): string {
  const { hostname, pathname } = new URL(address);
  const parts = pathname.split('/').filter((part) => part !== '');
  const last = (parts.at(-1) ?? '').replace(/\.(html|json|md)$/, '');
  if (hostname === 'docs.aws.amazon.com') return `AWS: ${last}`;
  if (hostname === 'repost.aws') return parts[0] === 'knowledge-center' ? `AWS: ${last}` : 're:Post';
  if (hostname === 'www.rfc-editor.org') return last.toUpperCase().replace('RFC', 'RFC ');
  if (hostname === 'www.npmjs.com') return parts.slice(1).join('/');
  if (hostname !== 'github.com') return hostname.replace('www.', '');
  return parts.length > 2 ? `${parts[0]}/${parts[1]}: ${last}` : parts.join('/');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(DOCUMENT, makeDocument());
