/**
 * What runs inside each Lambda environment: it loads the bundle once and then takes one event at a time (a function that
 * streams may have several, see pool.ts). Plain CommonJS, because stripping types in every new worker would double the
 * 25 ms that a worker needs to start.
 * Events and results cross as JSON text, as they do at AWS: a Date, a Map or an undefined changes here like it would there.
 */

const { parentPort, workerData } = require('node:worker_threads');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');
const { finished } = require('node:stream/promises');
const { ResponseStream, install, isStreaming } = require('./response-stream.cjs');

const { codeFolder, handler, identity, compileCache } = workerData;

/** Pieces of streams on their way out, by invocation: each waits until there is room for the next. */
const onTheirWay = new Map();

/** The error as Lambda's Node runtime reports it. */
function describe(error) {
  const isError = error instanceof Error;
  return {
    errorType: isError ? error.name : typeof error,
    errorMessage: isError ? error.message : String(error),
    trace: isError && error.stack ? error.stack.split('\n') : [],
  };
}

function load() {
  const dot = handler.lastIndexOf('.');
  enableCompileCache(compileCache);
  install();
  const exported = require(join(codeFolder, `${handler.slice(0, dot)}.js`));
  const run = exported[handler.slice(dot + 1)];
  if (typeof run !== 'function') throw new Error(`${handler} is undefined or not exported`);
  // The Node 24 runtime has dropped callback handlers, and refuses a third parameter at init.
  if (run.length > 2 && !isStreaming(run)) {
    throw new Error(`${handler} takes a callback, which the runtime no longer supports`);
  }
  return run;
}

function makeContext({ requestId, deadline }) {
  return {
    ...identity,
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/** The runtime waits for the handler and then for the end of what it wrote; a stream that is never ended times out. */
async function stream(run, event, invocation) {
  const { requestId } = invocation;
  const out = new ResponseStream((bytes, contentType) => {
    // A copy of its own: a Buffer would take the whole pool that it lies in along.
    parentPort.postMessage({ type: 'piece', requestId, bytes: new Uint8Array(bytes), contentType });
    return new Promise((resume) => onTheirWay.set(requestId, resume));
  });
  const ended = finished(out);
  // It is awaited below, unless the handler fails first.
  ended.catch(() => undefined);
  await run(event, out, makeContext(invocation));
  await ended;
}

async function answer(run, invocation) {
  const { requestId } = invocation;
  process.env._X_AMZN_TRACE_ID = invocation.traceId;
  try {
    const event = JSON.parse(invocation.event);
    if (isStreaming(run)) {
      await stream(run, event, invocation);
      parentPort.postMessage({ type: 'streamed', requestId });
    } else {
      const result = await run(event, makeContext(invocation));
      // A handler that returns nothing answers null; so does one whose result JSON cannot say.
      parentPort.postMessage({ type: 'result', requestId, payload: JSON.stringify(result) ?? 'null' });
    }
  } catch (error) {
    parentPort.postMessage({ type: 'error', requestId, error: describe(error) });
  }
}

function resume({ requestId }) {
  const next = onTheirWay.get(requestId);
  onTheirWay.delete(requestId);
  next?.();
}

try {
  const run = load();
  parentPort.on('message', (message) => (message.type === 'taken' ? resume(message) : answer(run, message)));
  parentPort.postMessage({ type: 'ready' });
} catch (error) {
  parentPort.postMessage({ type: 'unusable', error: describe(error) });
}
