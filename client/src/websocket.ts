/** A WebSocket that offers `relay.v1`. The token travels as a subprotocol: browsers can send no header. */

import { decodeFrame } from './frames.ts';
import type { Link, LinkEvents, SocketConstructor } from './link.ts';

export function openWebSocket(
  Socket: SocketConstructor,
  url: string,
  token: string | undefined,
  events: LinkEvents,
): Link {
  const socket = new Socket(url, token === undefined ? ['relay.v1'] : ['relay.v1', `bearer.${token}`]);
  socket.addEventListener('open', () => events.opened());
  socket.addEventListener('message', ({ data }) => {
    events.frame(typeof data === 'string' ? decodeFrame(data) : { kind: 'malformed', text: 'binary' });
  });
  // Says nothing that `close`, which always follows, does not say; without a listener `ws` would throw it.
  socket.addEventListener('error', () => undefined);
  socket.addEventListener('close', ({ code, reason }) => {
    events.lost({ reason: `the socket was closed (${code}${reason && `: ${reason}`})` });
  });
  return { send: (text) => socket.send(text), close: () => socket.close(1000) };
}
