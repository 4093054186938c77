/** The other reading of each open question, as a function's own call and a client meet it. */
import { once } from 'node:events';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Readings } from '../../../../local/gateway/readings.ts';
import { startTwin, type Twin } from '../../../../local/twin.ts';
import { writeAssembly } from '../../../support/fixture-assembly.ts';

const functions = {
  Connect: { code: 'exports.handler = async () => ({ statusCode: 200 })' },
  Message: { code: 'exports.handler = async () => ({ statusCode: 200 })' },
};

let end: () => Promise<void> = async () => undefined;
afterEach(() => end());

async function twinWith(readings: Partial<Readings>, limits: { requestBurst?: number } = {}) {
  const assembly = await writeAssembly({
    functions,
    http: {},
    events: { $connect: 'Connect', $default: 'Message' },
  });
  const twin: Twin = await startTwin({
    port: 0,
    environment: {},
    assembly: assembly.folder,
    hostile: { seed: 'readings', readings },
    limits: { requestsPerSecond: 0.001, requestBurst: 1_000, ...limits },
  });
  const api = new ApiGatewayManagementApiClient({
    region: 'us-east-1',
    endpoint: `${twin.awsEndpoint}/_aws/execute-api/${twin.outputs.EventsApiId}/live`,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  end = async () => {
    api.destroy();
    await twin.close();
    await assembly.remove();
  };
  const socket = new WebSocket(`${twin.url.replace('http', 'ws')}/stream`);
  const frames: { data: string; isBinary: boolean }[] = [];
  socket.on('message', (data, isBinary) => void frames.push({ data: data.toString(), isBinary }));
  await once(socket, 'open');
  const ConnectionId = twin.connections()[0]?.id ?? '';
  const post = (Data: string, id = ConnectionId) =>
    api.send(new PostToConnectionCommand({ ConnectionId: id, Data }));
  const statusOf = (call: Promise<unknown>): Promise<number> =>
    call.then(
      () => 200,
      (error) => error.$metadata.httpStatusCode,
    );
  return { twin, api, socket, frames, post, statusOf, ConnectionId };
}

it.each([false, true])('posts overtake one another: %s', async (overtakingPosts) => {
  const { post, frames } = await twinWith({ overtakingPosts, binaryPosts: false });
  const sent = Array.from({ length: 60 }, (_, n) => String(n));
  for (const text of sent) await post(text);
  await expect.poll(() => frames.length).toBe(60);
  const got = frames.map(({ data }) => data);
  expect(got.toSorted()).toEqual(sent.toSorted());
  if (overtakingPosts) expect(got).not.toEqual(sent);
  else expect(got).toEqual(sent);
});

it.each([
  [false, 410],
  [true, 403],
])('an id that never was is forbidden: %s', async (forbiddenUnknownIds, status) => {
  const { post, statusOf, socket, ConnectionId } = await twinWith({ forbiddenUnknownIds });
  expect(await statusOf(post('x', 'never='))).toBe(status);
  socket.terminate();
  await expect.poll(() => statusOf(post('x', ConnectionId))).toBe(410);
});

it.each([
  [false, 200],
  [true, 413],
])('a post of more than 32 KB is refused: %s', async (refusedLargePosts, status) => {
  const { post, statusOf } = await twinWith({ refusedLargePosts });
  expect(await statusOf(post('x'.repeat(32 * 1024)))).toBe(200);
  expect(await statusOf(post('x'.repeat(32 * 1024 + 1)))).toBe(status);
});

it.each([false, true])('posts are binary: %s', async (binaryPosts) => {
  const { post, frames } = await twinWith({ binaryPosts });
  await post('x');
  await expect.poll(() => frames).toEqual([{ data: 'x', isBinary: binaryPosts }]);
});

it.each([
  [false, [1000, 'Connection Closed Normally']],
  [true, [1001, '']],
])('the client of a deleted connection sees another code: %s', async (otherCloseCodes, expected) => {
  const { api, socket, ConnectionId } = await twinWith({ otherCloseCodes });
  const closed = once(socket, 'close');
  await api.send(new DeleteConnectionCommand({ ConnectionId }));
  const [code, reason] = await closed;
  expect([code, String(reason)]).toEqual(expected);
});

it.each([false, true])('a message beyond the rate closes the connection: %s', async (closedWhenThrottled) => {
  const { socket, frames } = await twinWith({ closedWhenThrottled }, { requestBurst: 1 });
  const closed = once(socket, 'close');
  socket.send('one too many');
  if (closedWhenThrottled) expect((await closed)[0]).toBe(1008);
  else
    await expect
      .poll(() => frames.map(({ data }) => JSON.parse(data).message))
      .toEqual(['Too Many Requests']);
});
