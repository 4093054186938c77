/** What the relay shows to a guarded NATS server, and what becomes of it where that is wrong (contract row A7). */
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../../../bench/certificate.ts';
import { startArena } from '../../support/arena.ts';
import {
  command,
  commanded,
  INIT,
  isConnected,
  newArena,
  PATIENCE_MS,
  seen,
  watch,
} from '../../support/arena-clients.ts';
import { makeTrustedUser } from '../../support/nats-accounts.ts';
import type { NatsServerOptions } from '../../support/nats-server.ts';
import { needs } from '../../support/needs.ts';
import { until } from '../../support/until.ts';
import { expectProblem } from '../../support/webhook.ts';

const user = { user: 'relay', password: 'the-right-password' };
const token = { token: 'the-right-token' };
const tls = makeCertificate();

needs('own-nats', () => {
  needs('settings', () => {
    describe('a server that asks for', () => {
      test.each<[string, NatsServerOptions]>([
        ['a user and a password', user],
        ['a token', token],
        ['TLS with a certificate of its own authority', { tls }],
        ['TLS and a token', { tls, ...token }],
        ['the user of an account', { trusts: makeTrustedUser() }],
      ])('%s gets it, from the bridge and from the commands', async (_, server) => {
        const arena = await startArena({ server });
        const session = newArena();
        const [engine, client] = [await arena.engine(), await watch(arena.cloud, session)];
        await engine.tell(session, 'round.start', 1);
        expect(await seen(client, 1)).toEqual([['round.start', 1]]);
        await commanded(arena.cloud, INIT, { session_id: session }, session);
        await until('the command', () =>
          engine.about(session).find(({ subject }) => subject === 'arena.init'),
        );
        await client.close();
        await arena.close();
      });

      test('the user of an account gets the text of its .creds file as well', async () => {
        const trusts = makeTrustedUser();
        const environment = { NATS_CREDENTIALS: trusts.creds };
        const arena = await startArena({ server: { trusts }, environment });
        expect(await isConnected(arena.cloud)).toBe(true);
        await arena.close();
      });
    });

    needs('printed-lines', () => {
      const wrong = makeTrustedUser();
      test.each<[string, NatsServerOptions, object]>([
        ['a wrong password', user, { user: 'relay', password: 'another-password' }],
        ['another user', user, { user: 'stranger', password: user.password }],
        ['nothing', user, {}],
        ['a wrong token', token, { token: 'another-token' }],
        ['the user of another operator', { trusts: makeTrustedUser() }, { creds: wrong.creds }],
        ['no trust in its certificate', { tls }, {}],
        ['trust in another certificate', { tls }, { tls: { ca: makeCertificate().cert } }],
        ['what is not to be understood', user, { pasword: 'the-misspelt-one' }],
      ])('%s: the log says why, commands are refused, and the rest goes on', async (_, server, shown) => {
        const environment = { NATS_CREDENTIALS: JSON.stringify(shown) };
        const arena = await startArena({ server, environment, awaitsBridge: false });
        const { cloud } = arena;
        const complaints = () =>
          (cloud.printed?.() ?? []).filter(
            (line) =>
              /authoriz|certificate|NATS_CREDENTIALS|self.signed/i.test(line) && /"(WARN|ERROR)"/.test(line),
          );
        // The cloud itself sees to it that none of them holds a secret.
        await until('a line that says why', () => complaints()[0], PATIENCE_MS);
        const { retryPolicy, ...impatient } = cloud;
        if (!retryPolicy) {
          expectProblem(await command(impatient, INIT, { session_id: newArena() }), 503);
        }
        expect(await isConnected(cloud)).toBe(false);
        await (await watch(cloud, newArena())).close();
        await arena.close();
      });
    });
  });
});
