/** The services of a stack in the twin: what their containers are given, that they go on, and that none is left behind. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../../../local/aws/call.ts';
import { isObject, parseJson } from '../../../../local/json.ts';
import { startTwin, type Twin, type TwinOptions } from '../../../../local/twin.ts';
import { type FixtureService, makeService, writeAssembly } from '../../../support/fixture-assembly.ts';
import { until } from '../../../support/until.ts';

const entry = 'test/unit/local/containers/program.ts';
const RELAY_TABLE = { Ref: 'Table0A0B0C0D' };
const tableArn = { 'Fn::GetAtt': ['Table0A0B0C0D', 'Arn'] };
const READ = { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: tableArn };

const toRemove: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const remove of toRemove.splice(0).reverse()) await remove();
});

async function write(service: Partial<FixtureService>): Promise<string> {
  const resources = makeService('Daemon', { entry, ...service });
  const { folder, remove } = await writeAssembly({ functions: {}, http: {}, events: {}, resources });
  toRemove.push(remove);
  return folder;
}

interface Started {
  twin: Twin;
  lines: string[];
  /** Those lines that are JSON with this message. */
  said(message: string): Record<string, unknown>[];
}

async function start(service: Partial<FixtureService>, options: Partial<TwinOptions> = {}): Promise<Started> {
  const lines: string[] = [];
  const twin = await startTwin({
    port: 0,
    environment: {},
    assembly: await write(service),
    log: (line) => lines.push(line),
    schedules: false,
    ...options,
  });
  toRemove.push(() => twin.close());
  const said = (message: string) =>
    lines.map(parseJson).filter((line) => isObject(line) && line.message === message) as Record<
      string,
      unknown
    >[];
  return { twin, lines, said };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const whenSaid = ({ said }: Started, message: string, times = 1) =>
  until(`${times} lines ${message}`, () => (said(message).length >= times ? said(message) : undefined));

describe('a container', () => {
  it('runs the file of its label with the template’s variables, the twin’s addresses and no more', async () => {
    const variables = {
      DO: 'stay',
      RELAY_TABLE,
      CONNECTIONS_ENDPOINT: 'https://abc.execute-api.us-east-1.amazonaws.com/live',
    };
    const started = await start({ variables });
    const [up] = await whenSaid(started, 'up');
    const { environment } = up as { environment: Record<string, string> };
    const { awsEndpoint } = started.twin;
    expect(environment).toMatchObject({
      DO: 'stay',
      RELAY_TABLE: 'Relay-Table',
      CONNECTIONS_ENDPOINT: `${awsEndpoint}/_aws/execute-api/abc/live`,
      AWS_ENDPOINT_URL: awsEndpoint,
      AWS_REGION: 'us-east-1',
      RELAY_LOCAL: '1',
    });
    expect(environment).not.toHaveProperty('PATH');
    expect(environment.HOME).toMatch(/test\/unit\/local\/containers$/);
    expect(started.twin.containers()).toEqual([{ service: 'Daemon', pid: up?.pid }]);
  });

  it('is one of each service, or as many as the twin is told', async () => {
    const started = await start({ variables: { DO: 'stay' } }, { copies: 2 });
    await whenSaid(started, 'up', 2);
    const pids = started.twin.containers().map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(2);
  });

  it('may call what its role allows, and is refused the rest', async () => {
    const allowed = await start({ variables: { DO: 'read', RELAY_TABLE }, statements: [READ] });
    const [granted] = await whenSaid(allowed, 'read');
    expect(granted?.outcome).toBe('allowed');
    const refused = await start({ variables: { DO: 'read', RELAY_TABLE }, statements: [] });
    const [denied] = await whenSaid(refused, 'read');
    expect(denied?.outcome).toBe('AccessDeniedException');
    expect(refused.lines.map(parseJson)).toContainEqual(
      expect.objectContaining({ service: 'Daemon', action: 'dynamodb:GetItem' }),
    );
  });

  it('makes its calls before the eyes of a test, which may end it there', async () => {
    const calls: AwsCall[] = [];
    const started = await start(
      { variables: { DO: 'read', RELAY_TABLE } },
      {
        async onAwsCall(call, proceed) {
          calls.push(call);
          if (calls.length > 1) return proceed();
          call.kill();
          return undefined;
        },
      },
    );
    const [read] = await whenSaid(started, 'read');
    expect(read?.outcome).toBe('allowed');
    expect(calls.map(({ functionName, operation }) => [functionName, operation])).toEqual([
      ['Daemon', 'GetItem'],
      ['Daemon', 'GetItem'],
    ]);
    expect(calls[0]?.environmentId).not.toBe(calls[1]?.environmentId);
    expect(started.said('Container ended')).toMatchObject([{ service: 'Daemon', cause: 'SIGKILL' }]);
  });
});

describe('a container that has ended', () => {
  it('is followed by another when it was killed', async () => {
    const started = await start({ variables: { DO: 'stay' } });
    const [first] = await whenSaid(started, 'up');
    started.twin.killContainer(first?.pid as number);
    const [, second] = await whenSaid(started, 'up', 2);
    expect(second?.pid).not.toBe(first?.pid);
    expect(started.twin.containers()).toEqual([{ service: 'Daemon', pid: second?.pid }]);
    expect(() => started.twin.killContainer(first?.pid as number)).toThrow('there is no container');
  });

  it('is followed by another when it ended by itself, and what it wrote is in the log as it wrote it', async () => {
    const started = await start({ variables: { DO: 'fail' } });
    await whenSaid(started, 'Container ended', 2);
    expect(started.lines.filter((line) => line === 'bad settings').length).toBeGreaterThanOrEqual(2);
    expect(started.said('Container ended')[0]).toEqual({
      level: 'ERROR',
      message: 'Container ended',
      service: 'Daemon',
      cause: 1,
    });
  });

  it('ends by itself when it has nothing more to do: the twin does not hold it', async () => {
    const started = await start({ variables: { DO: 'nothing' } });
    await whenSaid(started, 'done', 2);
    expect(started.said('Container ended')[0]?.cause).toBe(0);
  });
});

describe('on a hostile platform', () => {
  it('the calls of a container meet faults as those of functions do, and some end it', async () => {
    const started = await start(
      { variables: { DO: 'read', RELAY_TABLE } },
      { hostile: { seed: 'any', rates: { 'killed-after-database': 1 } } },
    );
    await whenSaid(started, 'Container ended', 2);
    expect(started.twin.strikes().slice(0, 2)).toEqual([
      { fault: 'killed-after-database', at: 'Daemon null 1 > GetItem a 1' },
      { fault: 'killed-after-database', at: 'Daemon null 2 > GetItem a 1' },
    ]);
    expect(started.said('Container ended')[0]?.cause).toBe('SIGKILL');
    expect(started.said('read')).toEqual([]);
  });
});

describe('the end of a twin', () => {
  it('lets a container say its last to AWS', async () => {
    const started = await start({ variables: { DO: 'read-last', RELAY_TABLE } });
    await whenSaid(started, 'up');
    await started.twin.close();
    expect(started.said('read')).toMatchObject([{ outcome: 'allowed' }]);
    expect(started.said('Container ended')).toEqual([]);
  });

  it('ends a container that does not want to', async () => {
    const started = await start({ variables: { DO: 'stay' } });
    const [up] = await whenSaid(started, 'up');
    await started.twin.close();
    expect(started.said('deaf')).toHaveLength(1);
    expect(isAlive(up?.pid as number)).toBe(false);
  });

  it('ends its containers even when it is killed', async () => {
    const program = fileURLToPath(new URL('./twin.ts', import.meta.url));
    const child = spawn(process.execPath, [program, await write({ variables: { DO: 'stay' } })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((found) => {
      createInterface(child.stdout).on('line', (line) => {
        const said = parseJson(line);
        if (isObject(said) && said.message === 'up') found(Number(said.pid));
      });
    });
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await until('the container ends', () => !isAlive(pid) || undefined);
  });
});

describe('a twin does not start', () => {
  const why = async (service: Partial<FixtureService>) =>
    start(service).then(
      () => 'it started',
      (error: Error) => error.message,
    );

  it('a container whose entry is not named, not there or not of the project', async () => {
    expect(await why({ container: { DockerLabels: undefined } })).toBe(
      'DaemonTask.Main: a container needs the label relay.entry',
    );
    expect(await why({ entry: 'functions/none.ts' })).toBe(
      'Daemon: its entry functions/none.ts does not exist',
    );
    expect(await why({ entry: '../main.ts' })).toBe('Daemon: its entry ../main.ts is outside of the project');
    expect(await why({ entry: '/etc/passwd' })).toBe(
      'Daemon: its entry /etc/passwd is outside of the project',
    );
  });

  it('what it would run otherwise than ECS', async () => {
    expect(await why({ container: { Command: ['other'] } })).toBe(
      'DaemonTask.Main: the local twin does not know the property Command',
    );
    expect(await why({ service: { LoadBalancers: [{ ContainerPort: 80 }] } })).toBe(
      'Daemon: the local twin does not know the property LoadBalancers',
    );
    expect(await why({ service: { TaskDefinition: 'another:1' } })).toBe(
      'Daemon: its task definition is not in the template',
    );
  });
});
