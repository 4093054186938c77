/**
 * Which API or function URL a URL on the public port means.
 */

import { describe, expect, it } from 'vitest';
import { findDestination } from '../../../../local/gateway/destination.ts';

const outputs = {
  HttpApiId: 'web',
  HttpUrl: 'https://web.execute-api.us-east-1.amazonaws.com',
  EventsApiId: 'events',
  SseUrl: 'https://url1.lambda-url.us-east-1.on.aws/',
};
const translate = (path: string, isUpgrade: boolean) => {
  if (path === '/stream' || (path === '/both' && isUpgrade)) return { api: 'events', query: { path } };
  return { api: path === '/stream/sse' ? 'sse' : 'http' };
};
const find = (url: string, isUpgrade = false) => findDestination(url, isUpgrade, translate, outputs);

describe('a URL', () => {
  it.each([
    ['/a/b?c=1', 'web', '/a/b?c=1'],
    ['/stream', 'events', '/?path=%2Fstream'],
    ['/stream?a=1&b=%20', 'events', '/?path=%2Fstream&a=1&b=%20'],
    ['/_aws/execute-api/events/live?x=1', 'events', '/live?x=1'],
    ['/_aws/execute-api/web/a/b', 'web', '/a/b'],
    ['/_aws/execute-api/web', 'web', '/'],
    ['/stream/sse?a=1&b=%20', 'url1', '/stream/sse?a=1&b=%20'],
    ['/_aws/lambda-url/url1/stream/sse?a=1', 'url1', '/stream/sse?a=1'],
  ])('%s means %s at %s', (url, apiId, within) => {
    expect(find(url)).toEqual({ apiId, url: within });
  });

  it('may mean one API for an upgrade and another for a request', () => {
    expect(find('/both?a=1', true)).toEqual({ apiId: 'events', url: '/?path=%2Fboth&a=1' });
    expect(find('/both?a=1', false)).toEqual({ apiId: 'web', url: '/both?a=1' });
  });

  it.each(['path=/forged', 'p%61th=/forged', 'path'])('cannot say the path itself: %s', (forged) => {
    expect(find(`/stream?${forged}&a=1`).url).toBe('/?path=%2Fstream&a=1');
  });
});
