import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { curlOf } from '../../../../shared/openapi/curl.ts';
import type { Operation } from '../../../../shared/openapi/operation.ts';

const operation: Operation = {
  id: 'post',
  method: 'POST',
  path: '/post',
  summary: '',
  description: '',
  credentials: [
    { name: 'k', variable: 'KEY', scheme: { type: 'apiKey', in: 'header', name: 'X-Key', description: '' } },
  ],
  parameters: [
    { in: 'query', name: 'a', description: '', required: true, schema: {}, example: 'b c&d' },
    { in: 'header', name: 'X-Optional', description: '', schema: {}, example: 'no' },
  ],
  answers: [],
  errors: {},
};

/** What a shell makes of the command: its arguments, one a line as JSON. */
function argumentsOf(command: string): string[] {
  const show = `curl() { ${process.execPath} -e 'console.log(JSON.stringify(process.argv.slice(1)))' -- "$@"; }`;
  const env = { RELAY: 'http://relay', KEY: 'the key', TICKET: 't1' };
  return JSON.parse(execFileSync('sh', ['-c', `${show}\n${command}`], { env, encoding: 'utf8' }));
}

it('a command carries what is required, as a shell takes it, whatever is in it', () => {
  const value = { text: `it's "$HOME" \\ and a\nline` };
  const body = { description: '', required: true, schema: {}, examples: { one: { summary: '', value } } };
  const [data, ...others] = argumentsOf(curlOf({ ...operation, body })).reverse();
  expect(JSON.parse(data ?? '')).toEqual(value);
  expect(others.reverse()).toEqual([
    '-X',
    'POST',
    'http://relay/post?a=b%20c%26d',
    '-H',
    'X-Key: the key',
    '-H',
    'Content-Type: application/json',
    '-d',
  ]);
});

it('a credential of the query stands in the address, and none at all where none is needed', () => {
  const scheme = { type: 'apiKey', in: 'query', name: 'ticket', description: '' } as const;
  const credentials = [{ name: 't', variable: 'TICKET', scheme }];
  expect(argumentsOf(curlOf({ ...operation, parameters: [], credentials }))).toEqual([
    '-X',
    'POST',
    'http://relay/post?ticket=t1',
  ]);
  expect(argumentsOf(curlOf({ ...operation, parameters: [], credentials, isOpen: true }))).toEqual([
    '-X',
    'POST',
    'http://relay/post',
  ]);
});

it('a stream is not buffered', () => {
  expect(argumentsOf(curlOf({ ...operation, method: 'GET', isStream: true })).slice(0, 1)).toEqual(['-N']);
});
