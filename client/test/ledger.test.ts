import { describe, expect, it } from 'vitest';
import {
  arrive,
  confirm,
  isMissing,
  jump,
  type Ledger,
  noteHead,
  settle,
  startLedger,
} from '../src/ledger.ts';
import { cursor, entry } from './support/places.ts';

const ROOM = 3;

/** Lets live events arrive; gives what is delivered, in one list. */
function arrivals(start: Ledger, ...ids: string[]): { ledger: Ledger; delivered: string[] } {
  let ledger = start;
  const delivered: string[] = [];
  for (const id of ids) {
    const step = arrive(ledger, entry(id), ROOM);
    ledger = step.ledger;
    delivered.push(...step.deliver.map((event) => event.id));
  }
  return { ledger, delivered };
}

function settled(
  ledger: Ledger,
  after: string,
  ids: string[],
  upTo: string,
): { ledger: Ledger; delivered: string[] } {
  const part = { after: cursor(after), entries: ids.map(entry), upTo: cursor(upTo) };
  const step = settle(ledger, part, ROOM);
  return { ledger: step.ledger, delivered: step.deliver.map((event) => event.id) };
}

const at5 = startLedger(cursor('e.5'));

describe('a live event', () => {
  it('is delivered when it is next, with all that waited for it', () => {
    const { ledger, delivered } = arrivals(at5, 'e.8', 'e.7', 'e.6');
    expect(delivered).toEqual(['e.6', 'e.7', 'e.8']);
    expect(ledger).toEqual({ position: cursor('e.8'), target: 8, held: [], foreign: null });
  });

  it('is dropped when it was here before, delivered or held', () => {
    expect(arrivals(at5, 'e.5', 'e.4').ledger).toEqual(at5);
    expect(arrivals(at5, 'e.7', 'e.7', 'e.6', 'e.6', 'e.7').delivered).toEqual(['e.6', 'e.7']);
  });

  it('that finds no room gives way if it is the furthest, and is known to be missing', () => {
    const { ledger } = arrivals(at5, 'e.12', 'e.10', 'e.8', 'e.9');
    expect(ledger.held.map(({ event }) => event.id)).toEqual(['e.8', 'e.9', 'e.10']);
    expect(ledger.target).toBe(12);
  });

  it('of another numbering is remembered as a head, the highest', () => {
    const { ledger, delivered } = arrivals(at5, 'f.3', 'f.1');
    expect(delivered).toEqual([]);
    expect(ledger.foreign).toEqual(cursor('f.3'));
    expect(isMissing(ledger)).toBe(true);
  });

  it('before the first position is remembered likewise, and missing if it is past the head', () => {
    const { ledger } = arrivals(startLedger(null), 'e.7');
    expect(isMissing(ledger)).toBe(false);
    expect(isMissing(jump(ledger, cursor('e.7'), ROOM).ledger)).toBe(false);
    expect(isMissing(jump(ledger, cursor('e.6'), ROOM).ledger)).toBe(true);
  });
});

describe("the log's word", () => {
  it('delivers what is due and passes over what is void', () => {
    const { ledger, delivered } = settled(at5, 'e.5', ['e.7', 'e.9'], 'e.10');
    expect(delivered).toEqual(['e.7', 'e.9']);
    expect(ledger.position).toEqual(cursor('e.10'));
    expect(isMissing(ledger)).toBe(false);
  });

  it('about what is partly known delivers the rest', () => {
    expect(settled(at5, 'e.2', ['e.3', 'e.5', 'e.6'], 'e.6').delivered).toEqual(['e.6']);
  });

  it('that begins ahead of the position settles nothing; its events wait', () => {
    const first = settled(at5, 'e.7', ['e.8', 'e.9'], 'e.9');
    expect(first.delivered).toEqual([]);
    const second = settled(first.ledger, 'e.5', ['e.7'], 'e.7');
    expect(second.delivered).toEqual(['e.7', 'e.8', 'e.9']);
  });

  it('frees what was held behind it', () => {
    const held = arrivals(at5, 'e.7', 'e.10').ledger;
    expect(settled(held, 'e.5', ['e.7'], 'e.9').delivered).toEqual(['e.7', 'e.10']);
  });

  it('never moves the position back', () => {
    expect(settled(at5, 'e.1', ['e.2'], 'e.3')).toEqual({ ledger: at5, delivered: [] });
  });

  it('of another numbering only tells that there is one', () => {
    const { ledger, delivered } = settled(at5, 'f.0', ['f.1'], 'f.1');
    expect(delivered).toEqual([]);
    expect(ledger.foreign).toEqual(cursor('f.1'));
  });
});

describe('a head', () => {
  it('ahead of the position says that something is missing', () => {
    expect(isMissing(noteHead(at5, cursor('e.5')))).toBe(false);
    expect(isMissing(noteHead(at5, cursor('e.6')))).toBe(true);
  });

  it('of our numbering, given in answer, ends the doubt about another', () => {
    const doubting = noteHead(at5, cursor('f.1'));
    expect(isMissing(confirm(doubting, cursor('e.5')))).toBe(false);
    expect(isMissing(confirm(doubting, cursor('g.5')))).toBe(true);
  });
});

describe('a jump', () => {
  it('keeps what is held beyond it and delivers what is next', () => {
    const { ledger, deliver } = jump(arrivals(at5, 'e.7', 'e.9', 'e.10').ledger, cursor('e.8'), ROOM);
    expect(deliver.map(({ id }) => id)).toEqual(['e.9', 'e.10']);
    expect(ledger.position).toEqual(cursor('e.10'));
  });

  it('to another numbering forgets what was held and knows how far that one was seen', () => {
    const { ledger, deliver } = jump(arrivals(at5, 'e.7', 'f.4').ledger, cursor('f.2'), ROOM);
    expect(deliver).toEqual([]);
    expect(ledger).toEqual({ position: cursor('f.2'), target: 4, held: [], foreign: null });
  });

  it('never goes back', () => {
    expect(jump(at5, cursor('e.4'), ROOM)).toEqual({ ledger: at5, deliver: [] });
  });
});
