/** An HTTP API event (payload format 2.0) as the gateway makes it, with what a test wants in it. */
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';

interface Wanted {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

export function httpEvent(wanted: Wanted = {}): APIGatewayProxyEventV2 {
  const { method = 'POST', path = '/webhook/modal', query, headers = {}, body } = wanted;
  const { isBase64Encoded = false } = wanted;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api1',
      domainName: 'api1.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'api1',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: '$default',
      stage: '$default',
      time: '02/Jan/2026:03:04:05 +0000',
      timeEpoch: 1_767_323_045_000,
    },
    ...(query === undefined ? {} : { queryStringParameters: query }),
    ...(body === undefined ? {} : { body }),
    isBase64Encoded,
  };
}

export const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'f',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:f',
  memoryLimitInMB: '128',
  awsRequestId: 'invocation-1',
  logGroupName: 'g',
  logStreamName: 's',
  getRemainingTimeInMillis: () => 1_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};
