/** The clouds say the truth about themselves, and their retry policies are kept by senders and clients. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { addresses, plainAddresses } from '../../support/clouds/addresses.ts';
import { capabilities } from '../../support/clouds/capabilities.ts';
import type { Cloud, RetryPolicy } from '../../support/clouds/cloud.ts';
import { insiders } from '../../support/clouds/insiders.ts';
import { ministack } from '../../support/clouds/ministack.ts';
import { twin } from '../../support/clouds/twin.ts';
import { openStream } from '../../support/socket-client.ts';
import { progress, send } from '../../support/webhook.ts';

describe('what a cloud cannot do', () => {
  it('is nothing on the twin, so that its runs leave nothing out', () => {
    expect(twin.cannot).toEqual([]);
  });

  it('leaves out whole files where journeys reach into the twin throughout, and no others', () => {
    const reachIn = readdirSync('test/journeys')
      .map((name) => `test/journeys/${name}`)
      .filter((file) =>
        /startTwinCloud|support\/(start\.ts|storm\/|acts\/)|\/bench\//.test(readFileSync(file, 'utf8')),
      );
    expect(reachIn.sort()).toEqual([...insiders].sort());
  });

  it('is documented, with the sentences of the code', () => {
    const rows = [
      ...readFileSync('docs/clouds.md', 'utf8').matchAll(/^\| `([\w-]+)` +\| (.*?) +\| (.*?) +\|$/gm),
    ];
    const documented = new Map(
      rows.map(([, name = '', meaning, lacking = '']) => [name, { meaning, lacking }]),
    );
    for (const [name, meaning] of Object.entries(capabilities)) {
      expect(documented.get(name)?.meaning, name).toBe(meaning);
      const lacks = ministack.cannot.some((capability) => capability === name);
      expect(documented.get(name)?.lacking.includes('ministack'), name).toBe(lacks);
    }
  });
});

describe('addresses', () => {
  it('have public paths at one host', () => {
    expect(addresses('https://relay.example').socketUrl('/stream?tenant=t1')).toBe(
      'wss://relay.example/stream?tenant=t1',
    );
  });

  it.each([
    ['/stream?tenant=a%2Fb&v=?', 'wss://e.example/live?path=%2Fstream&tenant=a%2Fb&v=?'],
    ['/stream', 'wss://e.example/live?path=%2Fstream'],
    ['/relay/s1?token=a.b', 'wss://p.example/live?path=%2Frelay%2Fs1&token=a.b'],
    ['/webhook/modal?a=b', 'wss://h.example/webhook/modal?a=b'],
  ])('carry %s as a query parameter at a plain API', (path, url) => {
    const [http, events, peers] = ['https://h.example', 'wss://e.example/live', 'wss://p.example/live'];
    expect(plainAddresses({ http, events, peers }).socketUrl(path)).toBe(url);
  });
});

describe('a retry policy', () => {
  const retryPolicy: RetryPolicy = {
    retryAfterMs: (status, attempt) => (status === 429 && attempt < 2 ? 1 : undefined),
    namesPosts: false,
  };
  let server: Server;
  let cloud: Pick<Cloud, 'httpUrl' | 'webhookToken' | 'socketUrl'>;
  /** How many requests and handshakes are still answered with 429. */
  let busy = 0;
  const isBusy = (): boolean => {
    busy -= 1;
    return busy >= 0;
  };

  beforeAll(async () => {
    const sockets = new WebSocketServer({ noServer: true });
    server = createServer((_, response) => {
      if (isBusy()) response.writeHead(429).end();
      else
        response
          .writeHead(202, { 'content-type': 'application/json' })
          .end('{"ok":true,"ids":["aaaaaaaaaaaaaaaa.1"]}');
    });
    server.on('upgrade', (request, socket, head) => {
      if (isBusy()) return socket.end('HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n');
      sockets.handleUpgrade(request, socket, head, (opened) => {
        for (const id of ['a', 'a', 'b']) opened.send(JSON.stringify({ id }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') expect.unreachable('a TCP server has a port');
    cloud = { ...addresses(`http://127.0.0.1:${address.port}`), webhookToken: 'dev-secret' };
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('makes the sender send again, as often as it says', async () => {
    busy = 2;
    expect((await send({ ...cloud, retryPolicy }, progress('t1'))).status).toBe(202);
    busy = 3;
    expect((await send({ ...cloud, retryPolicy }, progress('t1'))).status).toBe(429);
  });

  it('makes a client connect again; on a cloud that may repeat it drops what it has seen', async () => {
    busy = 2;
    const client = await openStream({ ...cloud, retryPolicy, mayRepeat: true }, 't1');
    expect((await client.frames(2)).map(({ id }) => id)).toEqual(['a', 'b']);
    await client.close();
  });

  it('is not there by default: a failure is a failure, a repeat is a repeat', async () => {
    busy = 1;
    expect((await send(cloud, progress('t1'))).status).toBe(429);
    busy = 1;
    await expect(openStream(cloud, 't1')).rejects.toThrow('refused with 429');
    const client = await openStream(cloud, 't1');
    expect((await client.frames(3)).map(({ id }) => id)).toEqual(['a', 'a', 'b']);
    await client.close();
  });
});
