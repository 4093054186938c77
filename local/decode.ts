/** Percent-decoding of one part of a path, which a client may have written badly: then it stays as it is. */
export function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
