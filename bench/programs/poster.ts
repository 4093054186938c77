/**
 * Posts frames to connections and does nothing else: `ours` as the fan-out does it, `sdk` as one writes it without much
 * thought. Asked with a number of connections, it posts one frame to each and says what CPU time it took.
 */
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { makeGatewaySockets } from '../../shared/adapters/gateway/sockets.ts';
import { limits } from '../../shared/core/limits.ts';
import { parallel } from '../../shared/core/parallel.ts';
import { cpuSpent, serve } from '../child.ts';

const [way, endpoint = ''] = process.argv.slice(2);
const region = 'us-east-1';
// In a function the credentials are those of its role, with a session token of about this length.
const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 't'.repeat(1_000) };
const frame = JSON.stringify({ type: 'progress', tenant: 't1', job_id: 'job-123', progress_percent: 37.5 });

type Post = (connections: readonly string[]) => Promise<void>;

function ours(): Post {
  const sockets = makeGatewaySockets({
    endpoint,
    region,
    credentials: () => credentials,
    now: Date.now,
    report: (method, status, error) => {
      throw new Error(`${method} was answered ${status}`, { cause: error });
    },
  });
  return (connections) =>
    parallel(connections, limits.fanOutWidth, async (connection) => {
      const answer = await sockets.post(connection, frame);
      if (answer !== 'sent') throw new Error(`a post came to ${answer}`);
    });
}

function sdk(): Post {
  const client = new ApiGatewayManagementApiClient({ endpoint, region, credentials });
  return async (connections) => {
    const posts = connections.map((ConnectionId) =>
      client.send(new PostToConnectionCommand({ ConnectionId, Data: frame })),
    );
    await Promise.all(posts);
  };
}

const post = way === 'ours' ? ours() : sdk();
serve(
  'ready',
  async (count) => {
    const connections = Array.from({ length: Number(count) }, (_, n) => `L0SM9cOFvHcC${n}=`);
    const startedAt = performance.now();
    const before = cpuSpent().all;
    await post(connections);
    return { cpuMs: cpuSpent().all - before, ms: performance.now() - startedAt };
  },
  async () => {},
);
