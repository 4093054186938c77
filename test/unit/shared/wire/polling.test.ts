import { decodePayload } from 'engine.io-parser';
import { describe, expect, it } from 'vitest';
import { answerPolling } from '../../../../shared/wire/polling.ts';

const ask = (method: 'GET' | 'POST', query: string) =>
  answerPolling({ method, query: Object.fromEntries(new URLSearchParams(query)) }, 'lv_VI97HAXpY6yYWAAAC');

const error = (code: number, message: string) => ({
  status: 400,
  type: 'application/json',
  body: `{"code":${code},"message":"${message}"}`,
});

describe('a client that comes by long-polling', () => {
  const { body, ...head } = ask('GET', 'EIO=4&transport=polling&t=P1');

  it('is given a session, refused with what to do instead, and disconnected, in one payload', () => {
    expect(head).toEqual({ status: 200, type: 'text/plain; charset=UTF-8' });
    expect(body).toBe(
      '0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}' +
        '\x1e44{"message":"This relay speaks WebSocket only: connect with transports: [\\"websocket\\"]"}' +
        '\x1e41',
    );
  });

  it('reads three packets in it, by the reference implementation', () => {
    expect(decodePayload(body, 'nodebuffer').map(({ type }) => type)).toEqual(['open', 'message', 'message']);
  });

  it('ends quietly: what it sends is taken, and what it asks for is the end', () => {
    const type = 'text/plain; charset=UTF-8';
    const query = 'EIO=4&transport=polling&sid=lv_VI97HAXpY6yYWAAAC';
    expect(ask('POST', query)).toEqual({ status: 200, type, body: 'ok' });
    expect(ask('GET', query)).toEqual({ status: 200, type, body: '1' });
  });
});

describe("what is no handshake gets Engine.IO's own error", () => {
  it.each([
    ['GET', '', error(0, 'Transport unknown')],
    ['GET', 'EIO=4', error(0, 'Transport unknown')],
    ['GET', 'EIO=4&transport=', error(0, 'Transport unknown')],
    ['GET', 'EIO=4&transport=__proto__', error(0, 'Transport unknown')],
    ['GET', 'EIO=4&transport=webtransport', error(0, 'Transport unknown')],
    ['GET', 'EIO=4&transport=polling,polling', error(0, 'Transport unknown')],
    ['POST', 'EIO=4&transport=tcp&sid=a', error(0, 'Transport unknown')],
    ['POST', 'EIO=4&transport=polling', error(2, 'Bad handshake method')],
    ['GET', 'EIO=4&transport=websocket', error(3, 'Bad request')],
    ['GET', 'EIO=4&transport=websocket&sid=a', error(3, 'Bad request')],
    ['GET', 'transport=polling', error(5, 'Unsupported protocol version')],
    ['GET', 'EIO=3&transport=polling', error(5, 'Unsupported protocol version')],
    ['GET', 'EIO=04&transport=polling', error(5, 'Unsupported protocol version')],
    ['GET', 'EIO=5&transport=polling', error(5, 'Unsupported protocol version')],
  ] as const)('%s ?%s', (method, query, answer) => {
    expect(ask(method, query)).toEqual(answer);
  });
});
