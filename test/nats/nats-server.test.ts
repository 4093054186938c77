/** The server that the journeys start and stop: it keeps its port and its store, and takes those alone who show what it asks for. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, credsAuthenticator } from '@nats-io/transport-node';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../bench/certificate.ts';
import { ArenaEngine } from '../support/arena-engine.ts';
import { addStreams, WHOLE_ARENA } from '../support/arena-streams.ts';
import { makeTrustedUser } from '../support/nats-accounts.ts';
import { installNatsServer, NatsServer, type NatsServerOptions } from '../support/nats-server.ts';

const running: { close(): Promise<void> }[] = [];

async function start(options?: NatsServerOptions): Promise<NatsServer> {
  const server = await NatsServer.start(options);
  running.push(server);
  return server;
}

async function engineOf(...args: Parameters<typeof ArenaEngine.connect>): Promise<ArenaEngine> {
  const engine = await ArenaEngine.connect(...args);
  running.unshift(engine);
  return engine;
}

afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});

describe('installing', () => {
  it('may be asked for by several at once', async () => {
    const programs = await Promise.all([installNatsServer(), installNatsServer()]);
    expect(new Set(programs).size).toBe(1);
  });
});

describe('a server', () => {
  it('brings what is published to those who listen', async () => {
    const { url } = await start();
    const [speaker, listener] = await Promise.all([engineOf(url), engineOf(url)]);
    await speaker.tell('s1', 'event.death', { round: 3 });
    expect(await listener.hears('s1', 1)).toEqual([{ subject: 'arena.s1.event.death', text: '{"round":3}' }]);
  });

  it('knows its clients by name', async () => {
    const server = await start();
    await engineOf(server.url, { name: 'the engine' });
    expect(await server.clients()).toEqual(['the engine']);
  });

  it('stands beside another one', async () => {
    const [one, other] = [await start(), await start()];
    expect(other.port).not.toBe(one.port);
  });

  it('does not take a port that was asked for and is taken', async () => {
    const { port } = await start();
    await expect(NatsServer.start({ port })).rejects.toThrow('address already in use');
  });

  it.each(['stop', 'kill'] as const)('is gone after %s, and back at its port after restart', async (end) => {
    const server = await start();
    const { pid, port } = server;
    const engine = await engineOf(server.url);
    await server[end]();
    expect(server.pid).toBeUndefined();
    await expect(connect({ servers: server.url, timeout: 1_000 })).rejects.toThrow();
    await server.restart();
    expect([server.port, server.pid === pid]).toEqual([port, false]);
    await engine.back();
    await engine.tell('s1', 'event.end', null);
    expect(await engine.hears('s1', 1)).toHaveLength(1);
  });

  it.each(['stop', 'kill'] as const)('has its streams and what is in them after %s', async (end) => {
    const server = await start({ jetStream: true });
    const engine = await engineOf(server.url);
    const manager = await jetstreamManager(engine.connection);
    await manager.streams.add({ name: 'ARENA', subjects: ['arena.>'] });
    await jetstream(engine.connection).publish('arena.s1.event.end', 'kept');
    await server[end]();
    await server.restart();
    const again = await jetstreamManager((await engineOf(server.url)).connection);
    expect((await again.streams.info('ARENA')).state.messages).toBe(1);
  });
});

describe('a guarded server', () => {
  it.each<[string, NatsServerOptions, object]>([
    ['a user and a password', { user: 'relay', password: 'right' }, { user: 'relay', pass: 'right' }],
    ['a token', { token: 'right' }, { token: 'right' }],
  ])('takes those who show %s', async (_, options, credentials) => {
    const { url } = await start(options);
    await expect(connect({ servers: url })).rejects.toThrow(/authorization/i);
    const engine = await engineOf(url, credentials);
    await engine.tell('s1', 'round.start', 1);
    expect(await engine.hears('s1', 1)).toHaveLength(1);
  });

  it('takes a user of an operator that it trusts', async () => {
    const trusts = makeTrustedUser();
    const { url } = await start({ trusts, jetStream: true });
    await expect(connect({ servers: url })).rejects.toThrow(/authorization/i);
    const stranger = credsAuthenticator(Buffer.from(makeTrustedUser().creds));
    await expect(connect({ servers: url, authenticator: stranger })).rejects.toThrow(/authorization/i);
    const engine = await engineOf(url, { authenticator: credsAuthenticator(Buffer.from(trusts.creds)) });
    await addStreams(engine.connection, [WHOLE_ARENA]);
    await engine.store('s1', 'round.start', 1);
    expect(await engine.hears('s1', 1)).toHaveLength(1);
  });

  it('speaks TLS with those who trust its certificate', async () => {
    const tls = makeCertificate();
    const { url } = await start({ tls });
    await expect(connect({ servers: url, tls: {} })).rejects.toThrow(/certificate/i);
    const engine = await engineOf(url, { tls: { ca: tls.cert } });
    await engine.tell('s1', 'round.start', 1);
    expect(await engine.hears('s1', 1)).toHaveLength(1);
  });
});
