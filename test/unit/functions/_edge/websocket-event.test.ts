import { describe, expect, it } from 'vitest';
import { type ConnectEvent, header, queryValues } from '../../../../functions/_edge/websocket-event.ts';

const requestContext = {
  connectionId: 'c=',
  requestId: 'r',
  connectedAt: 1,
  identity: { sourceIp: '203.0.113.7' },
};
const event = (rest: Omit<ConnectEvent, 'requestContext'>): ConnectEvent => ({ requestContext, ...rest });

describe('a header', () => {
  it.each(['authorization', 'Authorization', 'AUTHORIZATION', 'aUTHORIZATION'])(
    'is found as the client spelt it: %s',
    (name) => {
      expect(header(event({ headers: { Host: 'h', [name]: 'Bearer x' } }), 'authorization')).toBe('Bearer x');
    },
  );

  it('is missing where it is not there, or no header is', () => {
    expect(header(event({ headers: { 'x-authorization': 'x' } }), 'authorization')).toBeUndefined();
    expect(header(event({ headers: {} }), 'authorization')).toBeUndefined();
    expect(header(event({}), 'authorization')).toBeUndefined();
  });

  it('that is empty is there', () => {
    expect(header(event({ headers: { Authorization: '' } }), 'authorization')).toBe('');
  });
});

describe('the values of a query parameter', () => {
  it('are all of them, in order', () => {
    const query = { multiValueQueryStringParameters: { tenant: ['a', 'b'], path: ['/stream'] } };
    expect(queryValues(event(query), 'tenant')).toEqual(['a', 'b']);
    expect(queryValues(event(query), 'path')).toEqual(['/stream']);
    expect(queryValues(event(query), 'Tenant')).toEqual([]);
  });

  it('are none where the handshake has no query', () => {
    expect(queryValues(event({}), 'tenant')).toEqual([]);
    expect(queryValues(event({ multiValueQueryStringParameters: null }), 'tenant')).toEqual([]);
  });
});
