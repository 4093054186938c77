/**
 * Messages on the WebSocket API "events". Its streams are one-way: what a plain client sends is accepted and has no
 * effect. Without this route the gateway would answer each message with a "Forbidden" frame, which no contract knows.
 */
export async function handler(): Promise<{ statusCode: number }> {
  return { statusCode: 200 };
}
