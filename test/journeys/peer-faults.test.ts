/**
 * What becomes of a frame when the platform fails the relay, call by call: it arrives once and is counted once, or its session
 * ends (contract rows P3, P6).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsAnswer, errorAnswer } from '../../local/aws/answer.ts';
import type { AwsCall } from '../../local/aws/call.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { lineAbout, linesAbout } from '../support/peer-lines.ts';
import { greet, type Pair, pass, playPeers, withPair } from '../support/peer-pair.ts';

const throttledPost = () => errorAnswer(429, 'LimitExceededException', 'Too Many Requests');
const throttledWrite = () => errorAnswer(400, 'ProvisionedThroughputExceededException', 'too fast');
const failure = () => errorAnswer(500, 'InternalServerError', 'Internal server error');
const gone = () => errorAnswer(410, 'GoneException', 'Gone');

type Proceed = () => Promise<AwsAnswer | undefined>;
/** What becomes of the next call of this operation; once. */
interface Fate {
  readonly operation: string;
  readonly strike: (call: AwsCall, proceed: Proceed) => Promise<AwsAnswer | undefined>;
}

const WRITE = 'UpdateItem';
const POST = 'PostToConnection';

let cloud: TwinCloud;
let fate: Fate | undefined;

beforeAll(async () => {
  cloud = await startTwinCloud({
    async onAwsCall(call, proceed) {
      if (!call.functionName.startsWith('PeersFrame')) return proceed();
      if (call.operation !== fate?.operation) return proceed();
      const { strike } = fate;
      fate = undefined;
      return strike(call, proceed);
    },
  });
});
afterAll(() => cloud?.close());

/** Lets the next such call of the frame function come to this. */
function strike(operation: string, how: Fate['strike']): void {
  fate = { operation, strike: how };
}

/** Ends it, and holds its line to what its peers have measured. */
async function expectExactMeter({ session, client, server }: Pair): Promise<void> {
  await client.close();
  await server.closed();
  expect(await lineAbout(cloud, session)).toMatchObject({
    bytes_client_to_server: server.receivedBytes,
    bytes_server_to_client: client.receivedBytes,
    frames: client.texts.length + server.texts.length,
    reason: 'left',
  });
}

describe('a frame arrives once and is counted once', () => {
  test.each<[string, string, Fate['strike']]>([
    ['whose post is throttled', POST, async () => throttledPost()],
    ['whose post comes before the other peer can be reached', POST, async () => gone()],
    ['whose write is throttled', WRITE, async () => throttledWrite()],
    ['whose write fails', WRITE, async () => failure()],
    ['whose write is not answered, and had no effect', WRITE, async () => undefined],
    [
      'whose write fails after it took effect',
      WRITE,
      async (_, proceed) => {
        await proceed();
        return failure();
      },
    ],
    [
      'whose write took effect and is not answered',
      WRITE,
      async (_, proceed) => {
        await proceed();
        return undefined;
      },
    ],
  ])('%s', async (_, operation, how) => {
    await withPair(cloud, async (pair) => {
      await greet(pair);
      strike(operation, how);
      await pass(pair.client, pair.server, 'in spite of all');
      await greet(pair);
      await expectExactMeter(pair);
    });
  });
});

describe('a frame that may have arrived is not sent again, and its session ends for both', () => {
  test.each<[string, number, Fate['strike']]>([
    ['whose post fails before it takes effect', 0, async () => failure()],
    [
      'whose post fails after it took effect',
      1,
      async (_, proceed) => {
        await proceed();
        return failure();
      },
    ],
    [
      'whose post took effect and is not answered',
      1,
      async (_, proceed) => {
        await proceed();
        return undefined;
      },
    ],
  ])('%s', async (_, arrived, how) => {
    await playPeers(cloud, async (scene) => {
      const { session, client, server } = await scene.pair();
      strike(POST, how);
      client.send('once, or not at all');
      await Promise.all([client.closed(), server.closed()]);
      expect(server.texts).toHaveLength(arrived);
      const line = await lineAbout(cloud, session);
      expect(line).toMatchObject({
        reason: 'undelivered',
        frames: 1,
        bytes_client_to_server: client.sentBytes,
      });
    });
  });
});

test('none of it has left a session with two lines', async () => {
  const sessions = cloud.lines.flatMap((line) =>
    line.includes('"session_closed"') ? [String(JSON.parse(line).session_id)] : [],
  );
  expect(sessions.length).toBeGreaterThan(5);
  for (const session of sessions) expect(linesAbout(cloud, session)).toHaveLength(1);
});
