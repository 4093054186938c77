/** The events of `test/events` have the shape of those that the gateway sends, member by member. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { signBySecret } from '../../support/client-tokens.ts';
import { startTwinCloud } from '../../support/cloud.ts';
import { until } from '../../support/until.ts';

/** Names whose members a client chooses. */
const FREE = ['headers', 'multiValueHeaders'];

/** Every path of an event's members, without those of maps that a client fills. */
function shape(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} ${typeof value}`];
  return Object.entries(value)
    .flatMap(([name, member]) => (FREE.includes(name) ? [name] : shape(member, `${path}.${name}`)))
    .sort();
}

test('they are what the twin’s gateway and schedules send', async () => {
  const seen = new Map<string, unknown>();
  const cloud = await startTwinCloud({
    onInvoke({ functionName, event }, proceed) {
      seen.set(functionName, event);
      return proceed();
    },
  });
  try {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    await fetch(`${cloud.httpUrl}/webhook/modal`, post);
    await fetch(`${cloud.httpUrl}/webhook/modal?verbose=1`);
    const bare = { method: 'POST', headers: { authorization: 'Bearer nobody' } };
    const withBody = { ...post, headers: { ...post.headers, ...bare.headers } };
    await fetch(`${cloud.httpUrl}/api/user`, { method: 'POST' });
    await fetch(`${cloud.httpUrl}/api/me`, { headers: bare.headers });
    await fetch(`${cloud.httpUrl}/api/token`, withBody);
    await fetch(`${cloud.httpUrl}/api/token/revoke`, withBody);
    await fetch(`${cloud.httpUrl}/api/ticket`, bare);
    await fetch(`${cloud.httpUrl}/api/webhook/cli`, withBody);
    await fetch(`${cloud.httpUrl}/api/webhooks/modal`, post);
    await fetch(`${cloud.httpUrl}/openapi.json`);
    await fetch(`${cloud.httpUrl}/health`);
    const socket = new WebSocket(cloud.socketUrl('/stream?tenant=t1'), { headers: { 'User-Agent': 'test' } });
    await new Promise((opened) => socket.once('open', opened));
    socket.send('{}');
    await until('the message', () => seen.get('EventsMessageFunction'));
    socket.close(1001);
    await until('the disconnect', () => seen.get('EventsDisconnectFunction'));
    const token = await signBySecret(cloud.peerSecret, {});
    const userAgent = { headers: { 'User-Agent': 'test' } };
    const peer = new WebSocket(cloud.socketUrl(`/relay/s1?token=${token}`), userAgent);
    await new Promise((opened) => peer.once('open', opened));
    peer.send('anybody?');
    await until('the frame', () => seen.get('PeersFrameFunction'));
    peer.close(1001);
    await until('the departure', () => seen.get('PeersDisconnectFunction'));
    await fetch(cloud.streamUrl('/stream/sse?tenant=t1'), { method: 'HEAD' });
    await cloud.twin.fireSchedules();
  } finally {
    await cloud.close();
  }
  const files = {
    IngestLiveEventsFunction: 'ingest-live-events',
    IngestHookBackendFunction: 'ingest-hook-backend',
    IngestMeshJobsFunction: 'ingest-mesh-jobs',
    UsersCreateFunction: 'users-create',
    UsersMeFunction: 'users-me',
    TokensIssueFunction: 'tokens-issue',
    TokensRevokeFunction: 'tokens-revoke',
    TicketsIssueFunction: 'tickets-issue',
    HttpDefaultFunction: 'http-default',
    HttpDocsFunction: 'http-docs',
    HttpHealthFunction: 'http-health',
    PeersConnectFunction: 'peers-connect',
    PeersFrameFunction: 'peers-frame',
    PeersDisconnectFunction: 'peers-disconnect',
    PeersMinuteFunction: 'peers-minute',
    EventsConnectFunction: 'events-connect',
    EventsMessageFunction: 'events-message',
    EventsDisconnectFunction: 'events-disconnect',
    EventsSseFunction: 'events-sse',
    MinuteFunction: 'minute',
  };
  expect([...seen.keys()].sort()).toEqual(Object.keys(files).sort());
  for (const [functionName, file] of Object.entries(files)) {
    const event: unknown = JSON.parse(await readFile(`test/events/${file}.json`, 'utf8'));
    expect(shape(event), file).toEqual(shape(seen.get(functionName)));
  }
});
