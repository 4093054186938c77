/**
 * The image of the bridge, made of what the CDK hands to the engine, without an engine: its steps are gone through, and what
 * comes out is run.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ImageFiles, makeImageFiles } from '../../support/image.ts';
import { until } from '../../support/until.ts';
import { relayApp } from './support.ts';

const root = join(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'relay-image-'));
let context: string;
let image: ImageFiles;

beforeAll(() => {
  const { directory } = relayApp({ 'relay:natsUrl': 'nats://127.0.0.1:1' }).synth();
  const { dockerImages } = JSON.parse(readFileSync(join(directory, 'Relay.assets.json'), 'utf8')) as {
    dockerImages: Record<string, { source: { directory: string; dockerFile: string; platform: string } }>;
  };
  const [only] = Object.values(dockerImages);
  if (!only) throw new Error('the stack has no image');
  context = join(directory, only.source.directory);
  image = makeImageFiles({
    context,
    dockerfile: only.source.dockerFile,
    scratch,
    nodeModules: join(root, 'node_modules'),
  });
}, 60_000);

afterAll(() => rmSync(scratch, { recursive: true }));

const environment = {
  NATS_URL: 'nats://127.0.0.1:1',
  NATS_CREDENTIALS_SECRET: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:Nats-abcdef',
  RELAY_TABLE: 'Table',
  RETENTION_HOURS: '{"tenant":24,"user":24,"project":24,"batch":24,"job":24,"arena":24}',
  AWS_REGION: 'us-east-1',
  HOME: scratch,
};

describe('what the engine is given', () => {
  test('is the sources of the bridge, how they are bundled, and the packages’ versions', () => {
    const files = readdirSync(context, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(context.length + 1));
    const places = new Set(files.map((file) => file.replace(/^((functions|shared)\/[^/]+)\/.*$/, '$1')));
    expect([...places].filter((place) => !place.startsWith('shared/')).sort()).toEqual([
      '.dockerignore',
      '.npmrc',
      'client/package.json',
      'functions/_edge',
      'functions/nats-bridge',
      'infra/bundle-bridge.ts',
      'infra/bundling.ts',
      'package-lock.json',
      'package.json',
    ]);
  });
});

describe('the image', () => {
  test('has one file, which Node runs itself, as a user without rights', () => {
    expect(readdirSync(image.folder)).toEqual(['nats-bridge.mjs']);
    expect(image.command).toEqual(['node', 'nats-bridge.mjs']);
    expect(image.user).toBe('node');
  });

  test('ends with one line and exit code 1 where a setting is missing', () => {
    const [, ...args] = image.command;
    const { NATS_URL: _, ...others } = environment;
    const { status, stderr, stdout } = spawnSync(process.execPath, args, {
      cwd: image.folder,
      env: others,
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual([1, '', 'missing environment: NATS_URL\n']);
  });

  test('calls AWS with what the container’s endpoint gives it, and ends on SIGTERM with exit code 0', async () => {
    const keys = new Set<string | undefined>();
    const aws = createServer((request, response) => {
      const [, key] = /Credential=(\w+)\//.exec(request.headers.authorization ?? '') ?? [];
      if (request.url !== '/credentials') {
        keys.add(key);
        response.writeHead(400).end('{"__type":"AccessDeniedException"}');
        return;
      }
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      const given = { AccessKeyId: 'OFTHETASK', SecretAccessKey: 'secret', Token: 'token', Expiration };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(given));
    });
    await new Promise<void>((open) => aws.listen(0, '127.0.0.1', open));
    const endpoint = `http://127.0.0.1:${(aws.address() as AddressInfo).port}`;
    const [, ...args] = image.command;
    const bridge = spawn(process.execPath, args, {
      cwd: image.folder,
      env: {
        ...environment,
        AWS_ENDPOINT_URL: endpoint,
        CONNECTIONS_ENDPOINT: `${endpoint}/live`,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/credentials`,
      },
      stdio: 'ignore',
    });
    const ended = new Promise((end) => bridge.on('exit', (code, signal) => end(code ?? signal)));
    try {
      await until('the bridge calls AWS', () => keys.has('OFTHETASK') || undefined);
      bridge.kill('SIGTERM');
      expect(await ended).toBe(0);
      expect([...keys]).toEqual(['OFTHETASK']);
    } finally {
      bridge.kill('SIGKILL');
      aws.closeAllConnections();
      aws.close();
    }
  });
});
