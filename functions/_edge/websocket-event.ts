/**
 * WebSocket API events. Own types: @types/aws-lambda has no headers on CONNECT and takes `messageId` for certain. A
 * CONNECT without a query has neither query map (platform: Lambda event shapes).
 */
export interface WebSocketEvent {
  readonly requestContext: {
    readonly connectionId: string;
    readonly requestId: string;
    readonly connectedAt: number;
    /** The peer that the gateway speaks with. */
    readonly identity: { readonly sourceIp: string };
    readonly disconnectStatusCode?: number;
  };
}

export interface ConnectEvent extends WebSocketEvent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[]>> | null;
}

export interface MessageEvent extends WebSocketEvent {
  readonly requestContext: WebSocketEvent['requestContext'] & {
    /** When the gateway got it, epoch milliseconds. */
    readonly requestTimeEpoch: number;
  };
  readonly body?: string;
}

/** The subprotocols that the client offers; browsers write a blank after each comma. */
export function offered(event: ConnectEvent): readonly string[] {
  return (header(event, 'sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
}

/** A browser's WebSocket can send no header: its token comes as the subprotocol `bearer.<token>`. */
export function offeredBearer(event: ConnectEvent): string | undefined {
  const prefix = 'bearer.';
  return offered(event)
    .find((name) => name.startsWith(prefix))
    ?.slice(prefix.length);
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
