/** What becomes of a message on NATS: an event whose data are its payload, in a form that a JSON client can take. */
import { FRAME_OVERHEAD } from '../core/cursor.ts';
import { limits } from '../core/limits.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The event of a message. One that clients could not be sent says in its place how large its payload is. */
export function messageEvent(suffix: string, payload: Uint8Array): string {
  // Base64 and quotes only add to it: what is larger by itself needs no look inside.
  if (payload.length <= limits.eventBytes) {
    const json = eventJson(suffix, dataOf(payload));
    if (Buffer.byteLength(json) + FRAME_OVERHEAD <= limits.eventBytes) return json;
  }
  return eventJson(suffix, JSON.stringify({ too_large: payload.length }));
}

/** `data`: JSON text. */
export function eventJson(suffix: string, data: string): string {
  return `{"subject":${JSON.stringify(suffix)},"data":${data}}`;
}

/** JSON text of a payload: the JSON value that it is, else its text, else `{"base64": …}`. */
function dataOf(payload: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return JSON.stringify({ base64: Buffer.from(payload).toString('base64') });
  }
  // A JSON value stays as it was written: parsed and written again, a number beyond a double would be another one.
  return isJson(text) ? text.trim() : JSON.stringify(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
