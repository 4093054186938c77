/** The relay's side hangs up: DELETE of @connections, for every socket of a tenant. */
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { Twin } from '../support/cloud.ts';

/** How many there were. */
export async function hangUp({ awsEndpoint, outputs, connections }: Twin, tenant: string): Promise<number> {
  const api = new ApiGatewayManagementApiClient({
    region: 'us-east-1',
    endpoint: `${awsEndpoint}/_aws/execute-api/${outputs.EventsApiId}/live`,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const own = connections().filter(({ query }) => query.tenant === tenant);
  await Promise.all(own.map(({ id }) => api.send(new DeleteConnectionCommand({ ConnectionId: id }))));
  api.destroy();
  return own.length;
}
