/**
 * What runs inside each Lambda environment: it loads the bundle once and then takes one event at a time. Plain CommonJS,
 * because stripping types in every new worker would double the 25 ms that a worker needs to start.
 * Events and results cross as JSON text, as they do at AWS: a Date, a Map or an undefined changes here like it would there.
 */

const { parentPort, workerData } = require('node:worker_threads');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

const { codeFolder, handler, identity, compileCache } = workerData;

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
  const exported = require(join(codeFolder, `${handler.slice(0, dot)}.js`));
  const run = exported[handler.slice(dot + 1)];
  if (typeof run !== 'function') throw new Error(`${handler} is undefined or not exported`);
  // The Node 24 runtime has dropped callback handlers, and refuses a third parameter at init.
  if (run.length > 2) throw new Error(`${handler} takes a callback, which the runtime no longer supports`);
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

async function answer(run, invocation) {
  process.env._X_AMZN_TRACE_ID = invocation.traceId;
  try {
    const result = await run(JSON.parse(invocation.event), makeContext(invocation));
    // A handler that returns nothing answers null; so does one whose result JSON cannot say.
    parentPort.postMessage({ type: 'result', payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    parentPort.postMessage({ type: 'error', error: describe(error) });
  }
}

try {
  const run = load();
  parentPort.on('message', (invocation) => answer(run, invocation));
  parentPort.postMessage({ type: 'ready' });
} catch (error) {
  parentPort.postMessage({ type: 'unusable', error: describe(error) });
}
