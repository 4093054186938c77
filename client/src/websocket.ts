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
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('open', () => events.opened());
  socket.addEventListener('message', ({ data }) => {
    events.frame(decodeFrame(toText(data)));
  });
  // Says nothing that `close`, which always follows, does not say; without a listener `ws` would throw it.
  socket.addEventListener('error', () => undefined);
  socket.addEventListener('close', ({ code, reason }) => {
    events.lost({ reason: `the socket was closed (${code}${reason && `: ${reason}`})` });
  });
  return { send: (text) => socket.send(text), close: () => socket.close(1000) };
}

/** The gateway sends text frames; that it never sends the same bytes in a binary one is nowhere promised. */
function toText(data: unknown): string {
  if (typeof data === 'string') return data;
  return data instanceof ArrayBuffer ? new TextDecoder().decode(data) : String(data);
}
