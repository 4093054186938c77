/**
 * The AWS door: one address that stands for all of AWS towards functions and containers (`AWS_ENDPOINT_URL`). The service is taken from
 * the scope of the signature, as there is but one host name. Calls are short and many (a fan-out is one per socket), so
 * connections are kept open and answers leave in one write, without waiting for the network to gather them.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseJson } from '../json.ts';
import { type AwsAnswer, errorAnswer } from './answer.ts';
import type { AwsRequest, AwsService, MaybeAnswer, OnAwsCall } from './call.ts';
import { type Caller, DEVELOPER, DEVELOPER_KEY, readSignature } from './caller.ts';
import type { Permissions } from './permission.ts';
import { findFault } from './sigv4.ts';

export interface DoorOptions {
  /** By the service name in the signature's scope. May still be filled while the door is open. */
  services: Map<string, AwsService>;
  callerOf(accessKeyId: string): Caller | undefined;
  permissions: Permissions;
  onAwsCall: OnAwsCall | undefined;
}

export class Door {
  readonly #options: DoorOptions;
  readonly #server: Server;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true, keepAlive: true }, (request, response) => {
      this.take(request, response, request.url ?? '/');
    });
    // The SDK keeps connections for as long as its function lives. Closing one under it would look like a lost call.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
  }

  async open(): Promise<string> {
    await new Promise<void>((opened, fail) => {
      this.#server.once('error', fail);
      this.#server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, opened);
    });
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Answers one SDK call; also used for the management API on the twin's public port. */
  take(request: IncomingMessage, response: ServerResponse, path: string): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [first] = chunks;
      const body = chunks.length === 1 && first ? first : Buffer.concat(chunks);
      const answer = this.#answer(request, path, body);
      if (!(answer instanceof Promise)) return send(response, answer);
      answer.then(
        (value) => send(response, value),
        (error) => send(response, errorAnswer(500, 'InternalServerError', String(error))),
      );
    });
    // A killed environment breaks off in the middle of a call. There is nobody left to answer.
    request.on('error', () => response.destroy());
  }

  #answer(request: IncomingMessage, path: string, body: Buffer): AwsAnswer | Promise<MaybeAnswer> {
    const { services, callerOf, permissions, onAwsCall } = this.#options;
    const signature = readSignature(request.headers.authorization);
    if (!signature && request.headers.authorization === undefined)
      return errorAnswer(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
    if (!signature)
      return errorAnswer(403, 'IncompleteSignatureException', 'The Authorization header is no signature.');
    const caller = callerOf(signature.accessKeyId);
    if (!caller && signature.accessKeyId !== DEVELOPER_KEY) {
      return errorAnswer(
        403,
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    }
    const service = services.get(signature.service);
    if (!service) {
      return errorAnswer(
        400,
        'UnknownOperationException',
        `the local twin has no service ${signature.service}`,
      );
    }
    const credentials = caller?.credentials ?? DEVELOPER;
    const fault = findFault(request, body, signature, credentials, Date.now());
    if (fault) return errorAnswer(403, 'InvalidSignatureException', fault);
    const { method = 'GET', headers } = request;
    const operation = service.operationOf(method, path, headers);
    const call: AwsRequest = { caller, service: signature.service, operation, method, path, headers, body };
    const refusal = caller && permissions.refusal(caller, call.service, operation, service.needs(call));
    if (refusal) return refusal;
    if (onAwsCall) return intercept(onAwsCall, call, service);
    return service.answer(call);
  }
}

function intercept(onAwsCall: OnAwsCall, request: AwsRequest, service: AwsService): Promise<MaybeAnswer> {
  const { caller, operation, path, body } = request;
  const call = {
    functionName: caller?.spec.name ?? '',
    environmentId: caller?.id ?? '',
    event: caller?.event ?? '',
    service: request.service,
    operation,
    path,
    body: parseJson(body.toString()),
    needs: service.needs(request),
    kill: () => void caller?.kill(),
  };
  return onAwsCall(call, async () => service.answer(request));
}

function send(response: ServerResponse, answer: MaybeAnswer): void {
  if (response.destroyed) return;
  if (!answer) {
    response.destroy();
    return;
  }
  const { status, headers, body } = answer;
  response.writeHead(status, { ...headers, 'content-length': body.length });
  // As text it leaves in one piece with the head; a buffer is gathered with it at half as much cost again, also an empty one.
  response.end(body.toString('latin1'), 'latin1');
}
