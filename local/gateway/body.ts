/** The whole body of a request, up to a limit. */

import type { IncomingMessage } from 'node:http';

/** Undefined when the body is beyond the limit; what still comes of it is read and dropped, so that the answer arrives. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
    });
    request.on('end', () => done(size <= limit ? Buffer.concat(chunks) : undefined));
    request.on('error', fail);
  });
}
