/**
 * Makes an image's files without a container engine: goes through the lines of a Dockerfile, copies what it copies and runs what
 * it runs, each stage in an empty folder. It knows the instructions that the project's own Dockerfile uses and refuses others.
 *
 * A stage's `npm ci` is not run, since it would fetch packages: the installed ones stand in for what it would have installed.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

export interface ImageFiles {
  /** Where the last stage works: what `command` is run in. */
  readonly folder: string;
  readonly command: readonly string[];
  readonly user: string | undefined;
}

interface Stage {
  readonly root: string;
  folder: string;
  command: string[];
  user: string | undefined;
}

const INSTALLS = /^npm ci( |$)/;
/** They name no file and run nothing. */
const WITHOUT_FILES = new Set(['ENV']);

export interface ImageOptions {
  /** What the engine would be given. */
  readonly context: string;
  /** In it. */
  readonly dockerfile: string;
  /** An empty folder, for the stages. */
  readonly scratch: string;
  readonly nodeModules: string;
}

export function makeImageFiles({ context, dockerfile, scratch, nodeModules }: ImageOptions): ImageFiles {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const [, instruction = '', rest = ''] of instructions(join(context, dockerfile))) {
    if (instruction === 'FROM') {
      const [, name = String(stages.size)] = / AS (\w+)$/.exec(rest) ?? [];
      const root = join(scratch, name);
      stage = { root, folder: root, command: [], user: undefined };
      mkdirSync(root);
      stages.set(name, stage);
    } else if (!stage) throw new Error(`${instruction} stands before the first FROM`);
    else if (instruction === 'WORKDIR') {
      stage.folder = join(stage.root, rest);
      mkdirSync(stage.folder, { recursive: true });
    } else if (instruction === 'COPY') copy(rest, stage, context, stages);
    else if (instruction === 'RUN' && INSTALLS.test(rest)) {
      symlinkSync(nodeModules, join(stage.folder, 'node_modules'));
    } else if (instruction === 'RUN') {
      execFileSync('/bin/sh', ['-c', rest], { cwd: stage.folder, stdio: 'pipe' });
    } else if (instruction === 'USER') stage.user = rest;
    else if (instruction === 'CMD') stage.command = JSON.parse(rest) as string[];
    else if (!WITHOUT_FILES.has(instruction)) throw new Error(`this Dockerfile has ${instruction}`);
  }
  if (!stage) throw new Error('this Dockerfile has no FROM');
  return stage;
}

function instructions(file: string): RegExpMatchArray[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => {
    if (line === '' || line.startsWith('#')) return [];
    const match = /^([A-Z]+) (.*[^\\])$/.exec(line);
    if (!match) throw new Error(`this line of a Dockerfile is not understood: ${line}`);
    return [match];
  });
}

/** Platform rule: of a folder its content is copied, of a file the file; a target that ends in a slash is a folder. */
function copy(rest: string, to: Stage, context: string, stages: ReadonlyMap<string, Stage>): void {
  const [, from, paths = ''] = /^(?:--from=(\w+) )?(.+)$/.exec(rest) ?? [];
  const stage = from === undefined ? undefined : stages.get(from);
  if (from !== undefined && !stage) throw new Error(`no stage is called ${from}`);
  const sources = paths.split(' ');
  const target = resolve(to.folder, sources.pop() ?? '');
  for (const source of sources) {
    const path = join(stage?.root ?? context, source);
    cpSync(path, source.endsWith('/') ? target : join(target, basename(source)), { recursive: true });
  }
}
