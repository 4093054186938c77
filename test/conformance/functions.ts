/**
 * The functions behind the twin's own tests: each does, when asked, what a function can do well or badly.
 */

export const FUNCTIONS = {
  Connect: {
    code: `exports.handler = async (event) => {
      const query = event.queryStringParameters ?? {};
      if (query.do === 'throw') throw new Error('no');
      if (query.do === 'post') {
        const early = await post(event.requestContext.connectionId, 'too early');
        console.log(JSON.stringify({ early: early.status }));
      }
      return { statusCode: Number(query.status ?? 200), headers: { 'Sec-WebSocket-Protocol': 'relay.v1' } };
    }`,
  },
  Message: {
    code: `exports.handler = async (event) => {
      if (event.body === 'throw') throw new Error('no');
      if (event.body === 'hang') await new Promise(() => {});
      await post(event.requestContext.connectionId, event.body === 'event' ? JSON.stringify(event) : 'echo ' + event.body);
      return { statusCode: 200, body: 'dropped' };
    }`,
    timeout: 1,
  },
  Disconnect: {
    code: `exports.handler = async (event) => {
      const { disconnectStatusCode: code, disconnectReason: reason } = event.requestContext;
      console.log(JSON.stringify({ left: code, reason }));
    }`,
  },
  Web: {
    code: `let invocations = 0;
    exports.handler = async (event, context) => {
      invocations += 1;
      const { do: what } = event.queryStringParameters ?? {};
      if (what === 'throw') throw new Error('no');
      if (what === 'exit') process.exit(1);
      if (what === 'loop') for (;;);
      if (what === 'bare') return { invocations };
      if (what === 'bad') return { statusCode: 200, body: { not: 'text' } };
      if (what === 'env') return process.env;
      if (what === 'sleep') await new Promise((done) => setTimeout(done, 200));
      return { statusCode: 201, headers: { 'X-Own': 'yes' }, cookies: ['a=1', 'b=2'], body: JSON.stringify(event) };
    }`,
    timeout: 1,
  },
  Unpermitted: { code: 'exports.handler = async () => ({ statusCode: 200 })' },
  Broken: { code: `throw new Error('at init')` },
};
