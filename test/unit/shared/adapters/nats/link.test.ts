/** What functions say on NATS, over connections that may have gone while they were frozen. */
import type { NatsConnection, Status } from '@nats-io/transport-node';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeNatsLink } from '../../../../../shared/adapters/nats/link.ts';

/** As much of a connection as a link makes use of. */
class FakeConnection {
  readonly said: string[] = [];
  isAnswering = true;
  /** The server's objection to what is said. */
  objection: Error | undefined;
  closed = false;
  flushes = 0;
  #tell: (status: Status) => void = () => undefined;

  isClosed = () => this.closed;
  async close() {
    this.closed = true;
  }
  publish(subject: string, payload: string) {
    this.said.push(`${subject} ${payload}`);
    if (this.objection) this.#tell({ type: 'error', error: this.objection });
  }
  flush(): Promise<void> {
    this.flushes += 1;
    return this.isAnswering ? Promise.resolve() : new Promise(() => undefined);
  }
  request(): Promise<unknown> {
    return this.isAnswering ? Promise.resolve({}) : new Promise(() => undefined);
  }
  async *status(): AsyncGenerator<Status> {
    for (;;) {
      yield await new Promise<Status>((resolve) => {
        this.#tell = resolve;
      });
    }
  }
}

const REST = 1_001;

let now: number;
let opened: FakeConnection[];
/** What opening comes to, one after another; the last one for all that follow. */
let openings: (() => Promise<FakeConnection>)[];
beforeEach(() => {
  now = 1_000_000;
  opened = [];
  openings = [async () => new FakeConnection()];
});

function link() {
  const open = async () => {
    const [opening] = openings.length > 1 ? openings.splice(0, 1) : openings;
    if (!opening) throw new Error('nothing opens');
    const connection = await opening();
    opened.push(connection);
    return connection as unknown as NatsConnection;
  };
  return makeNatsLink({ open, now: () => now, publishMs: 900, askMs: 900 });
}

const said = () => opened.flatMap((connection) => connection.said);

describe('a connection', () => {
  it('is kept, and not tried while it is in use', async () => {
    const nats = link();
    await nats.publish('a', '1');
    await nats.publish('a', '2');
    expect(opened).toHaveLength(1);
    expect(opened[0]?.flushes).toBe(2);
    expect(said()).toEqual(['a 1', 'a 2']);
  });

  it('that has rested is tried, and goes on where it answers', async () => {
    const nats = link();
    await nats.publish('a', '1');
    now += REST;
    await nats.publish('a', '2');
    expect(opened).toHaveLength(1);
    expect(opened[0]?.flushes).toBe(3);
  });

  it('that has gone silent meanwhile is replaced, and nothing is said on it', async () => {
    const nats = link();
    await nats.publish('a', '1');
    for (const one of opened) one.isAnswering = false;
    now += REST;
    await nats.publish('a', '2');
    expect(opened.map((one) => one.said)).toEqual([['a 1'], ['a 2']]);
    expect(opened[0]?.closed).toBe(true);
  });

  it('that was closed is replaced at once', async () => {
    const nats = link();
    await nats.publish('a', '1');
    await opened[0]?.close();
    await nats.publish('a', '2');
    expect(opened.map((one) => one.said)).toEqual([['a 1'], ['a 2']]);
  });
});

describe('a publish', () => {
  it('fails where no server is there, and the next one tries again', async () => {
    openings.unshift(async () => {
      throw new Error('no server');
    });
    const nats = link();
    await expect(nats.publish('a', '1')).rejects.toThrow('no server');
    await nats.publish('a', '2');
    expect(said()).toEqual(['a 2']);
  });

  it('fails in time where the server goes silent, and is not said again', async () => {
    const nats = link();
    await nats.publish('a', '1');
    for (const one of opened) one.isAnswering = false;
    await expect(nats.publish('a', '2')).rejects.toThrow('NATS took longer than 900 ms');
    await nats.publish('a', '3');
    expect(said()).toEqual(['a 1', 'a 2', 'a 3']);
    expect(opened).toHaveLength(2);
  });

  it('that could not begin in time is never said, however late a server takes us', async () => {
    let letIn: (connection: FakeConnection) => void = () => undefined;
    openings.unshift(
      () =>
        new Promise((resolve) => {
          letIn = resolve;
        }),
    );
    const nats = link();
    await expect(nats.publish('a', '1')).rejects.toThrow('NATS took longer than 900 ms');
    letIn(new FakeConnection());
    await new Promise((resolve) => setImmediate(resolve));
    expect(opened).toHaveLength(1);
    expect(said()).toEqual([]);
    await nats.publish('a', '2');
    expect(said()).toEqual(['a 2']);
  });

  it('fails with what the server objects to, though the round trip behind it is answered', async () => {
    const nats = link();
    await nats.publish('a', '1');
    for (const one of opened) one.objection = new Error('Permissions Violation for Publish to "a"');
    await expect(nats.publish('a', '2')).rejects.toThrow('Permissions Violation');
    await nats.publish('a', '3');
    expect(opened).toHaveLength(2);
  });
});

describe('a question', () => {
  it('is true where somebody answers', async () => {
    expect(await link().asks('a')).toBe(true);
  });

  it('is false where nobody does, in time, or where no server is there', async () => {
    const nats = link();
    await nats.publish('a', '1');
    for (const one of opened) one.isAnswering = false;
    expect(await nats.asks('a')).toBe(false);
    openings = [
      async () => {
        throw new Error('no server');
      },
    ];
    expect(await link().asks('a')).toBe(false);
  });
});
