/**
 * Cuts a stream of bytes into lines, for the log. Bytes are kept until their line is complete, so that neither a line nor a
 * multi-byte character is ever torn in two by where a chunk happens to end.
 */

import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export function forEachLine(stream: Readable, take: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
}
