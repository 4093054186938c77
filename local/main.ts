/**
 * `npm start`. Prints what a newcomer needs to try the relay, then one line once it can serve; ends on SIGTERM or Ctrl-C, and
 * ends with one line and exit code 1 when it cannot start.
 */

import { REGION } from './ids.ts';
import { isObject } from './json.ts';
import { type Options, OptionsError, readOptions } from './options.ts';
import { startTwin, type Twin } from './twin.ts';

/** Whatever still hangs when the twin should have ended is not waited for. */
const SHUTDOWN_MS = 1_800;
const DEVELOPER_VARIABLES = 'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(error: unknown, options?: Options): never {
  process.stderr.write(`${explain(error, options)}\n`);
  process.exit(1);
}

function explain(error: unknown, options: Options | undefined): string {
  if (error instanceof OptionsError) return error.message;
  const code = isObject(error) ? error.code : undefined;
  if (options && code === 'EADDRINUSE') return `PORT ${options.port} is already in use on ${options.host}`;
  if (options && code === 'EACCES') return `PORT ${options.port} needs rights that this user does not have`;
  if (options && (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')) {
    return `HOST ${options.host} is no address of this machine`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** The variable that holds what a client has to show, if anything. */
function shownByClients({ environment, context }: Options): string | undefined {
  if (environment.ACCEPT_CLIENT_BEARER) return 'ACCEPT_CLIENT_BEARER';
  // Whoever listens has to make one: a client token that covers tenant:t1.
  return environment.CLIENT_JWT_SECRET || context['relay:clientJwksUrl'] ? 'CLIENT_TOKEN' : undefined;
}

function introduce({ url, awsEndpoint }: Twin, options: Options): void {
  const { environment, defaulted, hostile, context } = options;
  // What somebody set by hand is not repeated on the screen; the shell that set it fills it in.
  const shown = (name: string): string =>
    defaulted.includes(name) ? `'${environment[name]}'` : `"$${name}"`;
  const stream = `${url.replace(/^http/, 'ws')}/stream?tenant=t1`;
  const shownBy = shownByClients(options);
  const body = JSON.stringify({ type: 'progress', tenant: 't1', job_id: 'job-123', progress_percent: 37.5 });
  for (const name of defaulted) print(`${name}=${environment[name]} (development default)`);
  if (!environment.MODAL_WEBHOOK_SECRET)
    print('warn       MODAL_WEBHOOK_SECRET is not set: webhooks of mesh jobs are taken without a signature');
  if (hostile !== undefined)
    print(`hostile    seed ${hostile}: calls fail, functions die, sockets break (docs/hostile.md)`);
  print(`http       ${url}`);
  print(`websocket  ${stream}`);
  print(`sse        ${url}/stream/sse?tenant=t1`);
  print(
    `arena      ${url.replace(/^http/, 'ws')}/ws/arena/<session>${context['relay:natsUrl'] ? '' : ' (NATS_URL is not set: by webhook alone)'}`,
  );
  print(`peers      ${url.replace(/^http/, 'ws')}/relay/<session>?token=<JWT>`);
  print(`aws        AWS_ENDPOINT_URL=${awsEndpoint} AWS_REGION=${REGION} ${DEVELOPER_VARIABLES}`);
  print(`listen     npx wscat -c '${stream}'${shownBy ? ` -H "Authorization: Bearer $${shownBy}"` : ''}`);
  print(
    `send       curl -X POST ${url}/webhook/modal -H X-Relay-Token:${shown('RELAY_WEBHOOK_TOKEN')} ` +
      `-H 'Content-Type: application/json' -d '${body}'`,
  );
}

/** From the first moment on: a signal during synthesis ends the start as well. */
function endOnSignal(running: { twin?: Twin }): void {
  let isEnding = false;
  const end = () => {
    if (isEnding) return;
    isEnding = true;
    setTimeout(() => process.exit(0), SHUTDOWN_MS).unref();
    const closed = running.twin?.close() ?? Promise.resolve();
    closed.then(
      () => process.exit(0),
      () => process.exit(0),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

async function main(): Promise<void> {
  let options: Options | undefined;
  const running: { twin?: Twin } = {};
  endOnSignal(running);
  try {
    options = readOptions(process.env, process.argv.slice(2));
    const { port, host, dataDir, environment, context, hostile } = options;
    const twin = await startTwin({
      port,
      host,
      dataDir,
      environment,
      context,
      hostile: hostile === undefined ? undefined : { seed: hostile },
      log: print,
    });
    running.twin = twin;
    introduce(twin, options);
    await twin.warm();
    print(`relay ready on ${twin.url}`);
  } catch (error) {
    fail(error, options);
  }
}

await main();
