/**
 * The @connections API: how functions reach sockets. One post per socket and message makes this by far the busiest part of the
 * twin, so a post is a look-up, a frame and a constant answer.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */

import { decodePart } from '../decode.ts';
import { DELETED, OTHER_DELETED } from '../gateway/close-codes.ts';
import type { Connection } from '../gateway/connection.ts';
import type { Connections } from '../gateway/connections.ts';
import { MAX_FRAME_BYTES, MAX_MESSAGE_BYTES } from '../gateway/limits.ts';
import type { Readings } from '../gateway/readings.ts';
import type { Throttle } from '../gateway/throttle.ts';
import { toArn } from '../ids.ts';
import { type AwsAnswer, emptyAnswer, errorAnswer, jsonAnswer } from './answer.ts';
import type { AwsRequest, AwsService } from './call.ts';
import type { Need } from './policy.ts';

/** Either the plain API form, or `/<stage>/@connections/<id>` on the public port for tools. SDKs may write the @ as %40. */
const PATH = /^(?:\/_aws\/execute-api\/([^/]+))?\/([^/]+)\/(?:@|%40)connections\/([^/?]+)$/;

const OPERATIONS: Record<string, string> = {
  POST: 'PostToConnection',
  GET: 'GetConnection',
  DELETE: 'DeleteConnection',
};

/** Empty for a path that is none. */
export function connectionIdOf(path: string): string {
  return decodePart(PATH.exec(path)?.[3] ?? '');
}

export function isManagementPath(path: string): boolean {
  return PATH.test(path);
}

export class ManagementApi implements AwsService {
  readonly #connections: Connections;
  /** The stages of each WebSocket API. */
  readonly #stages: Map<string, string[]>;
  readonly #throttle: Throttle;
  readonly #readings: Readings;

  constructor(
    connections: Connections,
    stages: Map<string, string[]>,
    throttle: Throttle,
    readings: Readings,
  ) {
    this.#connections = connections;
    this.#stages = stages;
    this.#throttle = throttle;
    this.#readings = readings;
  }

  operationOf(method: string): string {
    return OPERATIONS[method] ?? method;
  }

  /** Without an API in the path, the stage may be any API's that has one of this name. */
  needs({ method, path }: AwsRequest): Need[] {
    const [isMatch, apiId, stage = '', id = ''] = PATH.exec(path) ?? [];
    if (!isMatch || OPERATIONS[method] === undefined) return [];
    const apiIds = apiId === undefined ? this.#apisWith(stage) : [apiId];
    return apiIds.map((api) => ({
      action: 'execute-api:ManageConnections',
      resource: toArn('execute-api', `${api}/${stage}/${method}/@connections/${decodePart(id)}`),
    }));
  }

  answer({ operation, path, body }: AwsRequest): AwsAnswer {
    const [isMatch, apiId, stage = '', id = ''] = PATH.exec(path) ?? [];
    // A wrong API or stage is a 403 and not a 404: API Gateway says no more about what it has.
    if (!isMatch || !this.#hasStage(apiId, stage)) return errorAnswer(403, 'ForbiddenException', 'Forbidden');
    if (!this.#throttle.admitsRequest()) return tooMany();
    const connection = this.#connections.find(decodePart(id));
    if (!connection && this.#readings.forbiddenUnknownIds && !this.#connections.hasEverHad(decodePart(id)))
      return errorAnswer(403, 'ForbiddenException', 'Forbidden');
    if (!connection || connection.isLeaving || !belongsTo(connection, apiId, stage)) return gone();
    switch (operation) {
      case 'PostToConnection':
        if (body.length > (this.#readings.refusedLargePosts ? MAX_FRAME_BYTES : MAX_MESSAGE_BYTES))
          return errorAnswer(413, 'PayloadTooLargeException', 'Message too long');
        if (connection.waitingBytes > this.#throttle.clientBufferBytes) return tooMany();
        connection.post(body);
        return emptyAnswer(200);
      case 'GetConnection':
        return jsonAnswer(200, describe(connection));
      case 'DeleteConnection':
        connection.close(this.#readings.otherCloseCodes ? OTHER_DELETED : DELETED);
        return emptyAnswer(204);
      default:
        return errorAnswer(403, 'ForbiddenException', 'Forbidden');
    }
  }

  #hasStage(apiId: string | undefined, stage: string): boolean {
    if (apiId !== undefined) return this.#stages.get(apiId)?.includes(stage) ?? false;
    return this.#apisWith(stage).length > 0;
  }

  #apisWith(stage: string): string[] {
    return [...this.#stages].flatMap(([apiId, stages]) => (stages.includes(stage) ? [apiId] : []));
  }
}

function belongsTo({ facts }: Connection, apiId: string | undefined, stage: string): boolean {
  return facts.stage === stage && (apiId === undefined || facts.apiId === apiId);
}

function gone(): AwsAnswer {
  return errorAnswer(410, 'GoneException', 'Gone');
}

/** The same error for too many calls and for a client that does not read what waits for it. */
function tooMany(): AwsAnswer {
  return errorAnswer(429, 'LimitExceededException', 'Too Many Requests');
}

function describe({ facts, lastActiveAt }: Connection) {
  return {
    connectedAt: new Date(facts.connectedAt).toISOString(),
    lastActiveAt: new Date(lastActiveAt).toISOString(),
    identity: { sourceIp: facts.sourceIp, userAgent: facts.userAgent ?? '' },
  };
}
