/** News that comes before, while and after a round of the sample engine waits for it. */
import { describe, expect, it } from 'vitest';
import { NewsDesk } from '../../../../docs/examples/arena-news-desk.ts';

const LONG_MS = 60_000;

describe('the desk of the news', () => {
  it('keeps what comes early, in order, a round each', async () => {
    const desk = new NewsDesk();
    desk.take('one');
    desk.take('two');
    expect([await desk.next(LONG_MS), await desk.next(LONG_MS)]).toEqual(['one', 'two']);
  });

  it('hands what comes in time to the round that waits, and nothing of it to the next', async () => {
    const desk = new NewsDesk();
    const waits = desk.next(LONG_MS);
    desk.take('one');
    expect(await waits).toBe('one');
    expect(await desk.next(0)).toBeUndefined();
  });

  it('says so where nothing came in time; what comes then is for the next round', async () => {
    const desk = new NewsDesk();
    expect(await desk.next(0)).toBeUndefined();
    desk.take('late');
    expect(await desk.next(LONG_MS)).toBe('late');
  });

  it('drops what nobody could ever read', async () => {
    const desk = new NewsDesk();
    for (let sent = 1; sent <= 101; sent += 1) desk.take(String(sent));
    let last: string | undefined;
    for (let read = 1; read <= 100; read += 1) last = await desk.next(LONG_MS);
    expect(last).toBe('100');
    expect(await desk.next(0)).toBeUndefined();
  });
});
