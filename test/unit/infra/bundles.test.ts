/** The functions' code as it would be uploaded: its size is a good part of a cold start. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { type Bundle, findBundles } from '../../../bench/bundles.ts';
import { relayDocument } from '../../../shared/openapi/relay-document.ts';

let bundles: Bundle[];
beforeAll(async () => {
  bundles = await findBundles();
});

const SDK = /dynamodb_20120810|secretsmanager/;

test('a function with the SDK is at most 400 KB, one with NATS besides 420 KB, one without either 150 KB', () => {
  const withSdk = bundles.filter(({ file }) => SDK.test(readFileSync(file, 'utf8').toLowerCase()));
  expect(withSdk.map(({ name }) => name).sort()).toEqual(
    [
      'ArenaCommands',
      'EventsConnect',
      'EventsDisconnect',
      'EventsMessage',
      'EventsSse',
      'EventsStart',
      'HttpHealth',
      'IngestArena',
      'IngestHookBackend',
      'IngestLiveEvents',
      'IngestMeshJobs',
      'Minute',
      'PeersConnect',
      'PeersDisconnect',
      'PeersFrame',
      'PeersMinute',
      'TicketsIssue',
      'TokensIssue',
      'TokensRevoke',
      'UsersCreate',
      'UsersMe',
    ].map((name) => `${name}Function`),
  );
  const budget = (bundle: Bundle) =>
    bundle.name === 'ArenaCommandsFunction' ? 420 : withSdk.includes(bundle) ? 400 : 150;
  expect(bundles.filter((bundle) => bundle.kilobytes > budget(bundle))).toEqual([]);
  expect(bundles.length).toBeGreaterThan(withSdk.length);
});

test('only the function that serves the documentation carries its texts', () => {
  const { paths, tags } = relayDocument();
  const summaries = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(({ summary }) => summary),
  );
  const texts = [...summaries, ...tags.map(({ name }) => name)];
  const carriers = bundles.filter(({ file }) => {
    const code = readFileSync(file, 'utf8');
    return texts.some((text) => code.includes(text));
  });
  expect(carriers.map(({ name }) => name)).toEqual(['HttpDocsFunction']);
});
