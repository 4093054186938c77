/**
 * WebSocket API events. Own types: @types/aws-lambda has no headers on CONNECT and takes `messageId` for certain. A
 * CONNECT without a query has neither query map (platform: Lambda event shapes).
 */
export interface WebSocketEvent {
  readonly requestContext: {
    readonly connectionId: string;
    readonly requestId: string;
    readonly connectedAt: number;
    readonly disconnectStatusCode?: number;
  };
}

export interface ConnectEvent extends WebSocketEvent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[]>> | null;
}

export interface MessageEvent extends WebSocketEvent {
  readonly body?: string;
}

/** Whether the client offers this subprotocol; browsers write a blank after each comma. */
export function offers(event: ConnectEvent, protocol: string): boolean {
  const offered = header(event, 'sec-websocket-protocol') ?? '';
  return offered.split(',').some((name) => name.trim() === protocol);
}

/** Every value of a query parameter. */
export function queryValues(event: ConnectEvent, name: string): readonly string[] {
  return event.multiValueQueryStringParameters?.[name] ?? [];
}

/** A header by its lower-case name; the gateway keeps the client's spelling. */
export function header(event: ConnectEvent, name: string): string | undefined {
  const found = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return found?.[1];
}
