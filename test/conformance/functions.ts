/**
 * The functions behind the WebSocket API that most rules are tried on: each does, when asked, what a function can do well or
 * badly. What they were invoked with goes to the log.
 */

export const SOCKET_FUNCTIONS = {
  Connect: {
    code: `exports.handler = async (event) => {
      const query = event.queryStringParameters ?? {};
      console.log(JSON.stringify({ connect: query.who, event }));
      if (query.do === 'throw') throw new Error('no');
      if (query.do === 'hang') await new Promise(() => {});
      if (query.do === 'nonsense') return 'accepted';
      if (query.do === 'post') {
        const early = await post(event.requestContext.connectionId, 'too early');
        console.log(JSON.stringify({ early: early.status }));
      }
      const chosen = query.protocol === undefined ? {} : { 'Sec-WebSocket-Protocol': query.protocol };
      return { statusCode: Number(query.status ?? 200), headers: chosen, body: 'a body' };
    }`,
    timeout: 10,
  },
  Message: {
    code: `exports.handler = async (event) => {
      if (event.body === 'throw') throw new Error('no');
      if (event.body === 'exit') process.exit(1);
      if (event.body === 'hang') await new Promise(() => {});
      if (event.body === 'silent') return { statusCode: 200, body: 'dropped' };
      const answer = event.body === 'event' ? JSON.stringify(event) : 'echo ' + event.body;
      await post(event.requestContext.connectionId, answer);
      return { statusCode: 200, body: 'dropped' };
    }`,
    timeout: 10,
  },
  Disconnect: {
    code: `exports.handler = async (event) => {
      const { disconnectStatusCode: code, disconnectReason: reason, connectionId } = event.requestContext;
      console.log(JSON.stringify({ left: connectionId, code, reason, event }));
      throw new Error('nobody hears of this');
    }`,
  },
};

export const SOCKET_ROUTES = { $connect: 'Connect', $default: 'Message', $disconnect: 'Disconnect' };
