/** Server-sent events with curl, as a reader of the documents would try them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Front } from '../support/front.ts';
import { npmStart, paste, type Started, type Watcher, watch } from './programs.ts';

describe('a stream of server-sent events', () => {
  let relay: Started;
  beforeAll(async () => {
    relay = await npmStart({ RELAY_WEBHOOK_TOKEN: 'dev-secret', ACCEPT_CLIENT_BEARER: 'desktop-dev-token' });
  });
  afterAll(() => relay.stop());

  const streamUrl = (tenant: string): string => `${relay.url}/stream/sse?tenant=${tenant}`;
  const bearer = ['-H', 'Authorization: Bearer desktop-dev-token'];
  const curl = (tenant: string, ...args: string[]): Watcher =>
    watch('curl', ['-sSN', ...bearer, ...args, streamUrl(tenant)]);

  async function post(tenant: string, job: string): Promise<string> {
    const { stdout } = await paste(
      `curl -sSf -X POST ${relay.url}/webhook/modal -H 'X-Relay-Token: dev-secret' \\
        -d '{"type": "status", "tenant": "${tenant}", "job_id": "${job}"}'`,
    );
    const [id] = JSON.parse(stdout).ids;
    return id;
  }

  const event = (id: string, job: string): RegExp =>
    new RegExp(`^id: ${id}\\ndata: \\{"id":"${id}".*"job_id":"${job}".*\\}\\n\\n`, 'm');

  it('is read by curl -N, and goes on after a cut with the last id', async () => {
    const first = curl('t1');
    await first.sees(/^id: (\S+)$/m);
    const seen = await post('t1', 'seen');
    await first.sees(event(seen, 'seen'));
    // The cut: nothing of what follows reaches it.
    first.stop();
    const missed = await post('t1', 'missed');

    const second = curl('t1', '-H', `Last-Event-ID: ${seen}`);
    try {
      await second.sees(event(missed, 'missed'));
      const next = await post('t1', 'next');
      await second.sees(event(next, 'next'));
      const [all] = await second.sees(/^[\s\S]*$/);
      expect(all.match(/^data: /gm)).toHaveLength(2);
      expect(all).not.toContain('"job_id":"seen"');
    } finally {
      second.stop();
    }
  });

  it('loses nothing to connections that break under curl -N, one after another', async () => {
    const front = await Front.start(relay.url);
    const heard: string[] = [];
    const posted: string[] = [];
    try {
      for (let round = 0; round < 4; round += 1) {
        const place = heard.at(-1) ?? '';
        const resume = place === '' ? [] : ['-H', `Last-Event-ID: ${place}`];
        const url = `${front.url}/stream/sse?tenant=t3`;
        const client = watch('curl', ['-sSN', ...bearer, ...resume, url]);
        await client.sees(/^id: /m);
        for (const job of ['a', 'b', 'c']) posted.push(await post('t3', `${round}${job}`));
        await client.sees(new RegExp(`^data: \\{"id":"${posted.at(-1)}"`, 'm'));
        expect(front.cut()).toBeGreaterThan(0);
        // Broken off: curl says so and ends. What is posted now has to come with the next.
        const [text] = await client.sees(/^[\s\S]*curl: \(\d+\)/);
        heard.push(...[...text.matchAll(/^data: \{"id":"([^"]+)"/gm)].map(([, id = '']) => id));
        posted.push(await post('t3', `${round} meanwhile`));
      }
    } finally {
      await front.close();
    }
    const last = curl('t3', '-H', `Last-Event-ID: ${heard.at(-1)}`);
    const [text] = await last.sees(new RegExp(`^[\\s\\S]*data: \\{"id":"${posted.at(-1)}"`));
    last.stop();
    heard.push(...[...text.matchAll(/^data: \{"id":"([^"]+)"/gm)].map(([, id = '']) => id));
    expect(heard).toEqual(posted);
  });

  it('keeps the place of a client that was cut before it had an event', async () => {
    const first = curl('t2');
    const [, place = ''] = await first.sees(/^id: (\S+)$/m);
    first.stop();
    const missed = await post('t2', 'missed');
    const second = curl('t2', '-H', `Last-Event-ID: ${place}`);
    try {
      await second.sees(event(missed, 'missed'));
    } finally {
      second.stop();
    }
  });

  it('is refused in the error shape without the bearer', async () => {
    const { stdout } = await paste(`curl -sS -w '\\n%{http_code} %{content_type}' '${streamUrl('t1')}'`);
    const [body = '', about] = stdout.split('\n');
    expect(about).toBe('401 application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status: 401, errors: [{ field: 'header Authorization' }] });
  });
});
