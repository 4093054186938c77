/**
 * Synthesizes the app as `cdk synth` would, with the context of `cdk.json`, but with empty functions: what these tests
 * look at is the template. The app's own rules run too: a template with an unexplained finding throws here.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { functionNames } from '../../../infra/bundles.ts';
import { RelayApp } from '../../../infra/relay-app.ts';

const { context: defaults } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../cdk.json'), 'utf8'),
) as { context: Record<string, unknown> };

const scratch = mkdtempSync(join(tmpdir(), 'relay-infra-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;

function newFolder(): string {
  folders += 1;
  const folder = join(scratch, String(folders));
  mkdirSync(folder);
  return folder;
}

/** A new folder with an entry point for every function. */
function emptyFunctions(): string {
  const folder = newFolder();
  for (const name of functionNames) {
    writeFileSync(join(folder, `${name}.ts`), `export const handler = async () => '${name}';\n`);
  }
  return folder;
}

export function relayApp(context: Readonly<Record<string, unknown>> = {}): RelayApp {
  return new RelayApp({
    functions: emptyFunctions(),
    outdir: newFolder(),
    context: { ...defaults, ...context },
  });
}

export function synthesize(context: Readonly<Record<string, unknown>> = {}): Template {
  return Template.fromStack(relayApp(context).stack);
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

export function resources(template: Template): [id: string, resource: Resource][] {
  return Object.entries(template.toJSON().Resources as Record<string, Resource>);
}

/** The one resource whose logical id is this name and a hash. */
export function resource(template: Template, name: string): [id: string, resource: Resource] {
  const found = resources(template).filter(([id]) => new RegExp(`^${name}[0-9A-F]{8}$`).test(id));
  const [only] = found;
  if (!only || found.length > 1) throw new Error(`${found.length} resources are called ${name}`);
  return only;
}

/** What a function may do: its actions, sorted, by resource; references in angle brackets. */
export function grants(template: Template, name: string): Record<string, string[]> {
  const [, policy] = resource(template, `${name}RoleDefaultPolicy`);
  const { Statement: statements } = policy.Properties.PolicyDocument as { Statement: Statement[] };
  const found: Record<string, string[]> = {};
  for (const statement of statements) {
    if (statement.Effect !== 'Allow' || statement.Condition) throw new Error('a statement of another kind');
    for (const target of [statement.Resource].flat().map(flat)) {
      found[target] = [...(found[target] ?? []), ...[statement.Action].flat()].sort();
    }
  }
  return found;
}

/** What a function is told; references in angle brackets. */
export function environment({ Properties }: Resource): Record<string, string> {
  const { Variables } = Properties.Environment as { Variables: Record<string, unknown> };
  return Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, flat(value)]));
}

/** An intrinsic as text: `<Id>`, `<Id.Attribute>`, joins put together. */
export function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument] = ['', undefined]] = Object.entries(value as Record<string, unknown>);
  if (name === 'Ref') return `<${bare(argument)}>`;
  if (name === 'Fn::GetAtt') return `<${bare((argument as string[])[0])}.${(argument as string[])[1]}>`;
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map(flat).join('');
  throw new Error(`no text for ${JSON.stringify(value)}`);
}

/** Without the hash: the tests read better, and a name is unique without it. */
function bare(id: unknown): string {
  return String(id).replace(/[0-9A-F]{8}$/, '');
}
