/**
 * DynamoDB: dynalite in this process, called without a socket in between. It gets requests that have arrived in full and never
 * the real ones: it throws where nobody catches when a client breaks off, which a killed environment does.
 */

import { EventEmitter, once } from 'node:events';
import type { Server } from 'node:http';
import dynalite from 'dynalite';
import { type JsonObject, parseJson, toObject } from '../json.ts';
import type { TableSpec } from '../stack/tables.ts';
import { type AwsAnswer, errorAnswer } from './answer.ts';
import type { AwsRequest, AwsService } from './call.ts';
import { dynamoDbNeeds } from './dynamodb-needs.ts';
import type { Need } from './policy.ts';

/** The few members of ServerResponse that dynalite uses. */
class Reply {
  statusCode = 200;
  readonly headers: Record<string, string> = {};
  readonly #done: (answer: AwsAnswer) => void;

  constructor(done: (answer: AwsAnswer) => void) {
    this.#done = done;
  }

  setHeader(name: string, value: unknown): void {
    if (name.toLowerCase() !== 'content-length') this.headers[name] = String(value);
  }

  end(body = ''): void {
    this.#done({ status: this.statusCode, headers: this.headers, body: Buffer.from(body) });
  }
}

const OWN_HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00',
};

export class DynamoDb implements AwsService {
  readonly #server: Server;
  /** Calls that dynalite is at work on. Whoever made them may be gone. */
  readonly #running = new Set<Promise<AwsAnswer>>();
  #isClosed = false;

  constructor(folder: string | undefined) {
    const path = folder === undefined ? {} : { path: folder };
    this.#server = dynalite({ ...path, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  }

  /** Tables that are there already (kept on disk by an earlier start) are used as they are. */
  async createTables(tables: TableSpec[]): Promise<void> {
    for (const { createRequest, physicalName } of tables) {
      await this.run('CreateTable', createRequest).catch((error: Error) => {
        if (!error.message.includes('ResourceInUseException')) throw error;
      });
      await this.#untilActive(physicalName);
    }
  }

  /** The twin's own call, past the door. Rejects with what the database says when it refuses. */
  async run(operation: string, input: JsonObject): Promise<JsonObject> {
    const target = `DynamoDB_20120810.${operation}`;
    const { status, body } = await this.#call(target, OWN_HEADERS, JSON.stringify(input));
    if (status !== 200) throw new Error(`${operation} ${input.TableName}: ${body}`);
    return toObject(parseJson(body.toString()), operation);
  }

  operationOf(_method: string, _path: string, headers: AwsRequest['headers']): string {
    return String(headers['x-amz-target'] ?? '').split('.')[1] ?? '';
  }

  needs({ operation, body }: AwsRequest): Need[] {
    return dynamoDbNeeds(operation, body);
  }

  answer({ headers, body }: AwsRequest): Promise<AwsAnswer> {
    return this.#call(String(headers['x-amz-target'] ?? ''), headers, body);
  }

  /**
   * dynalite closes its store only together with a listening server, so it listens for that one moment. A call that meets the
   * closed store throws where nobody catches, so those that are under way end first, and none begins any more.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#running);
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    await new Promise<void>((closed) => this.#server.close(() => closed()));
  }

  #call(target: string, headers: AwsRequest['headers'], body: string | Buffer): Promise<AwsAnswer> {
    if (this.#isClosed)
      return Promise.resolve(errorAnswer(500, 'InternalServerError', 'the database has been closed'));
    const call = new Promise<AwsAnswer>((done) => {
      const request = Object.assign(new EventEmitter(), {
        method: 'POST',
        url: '/',
        headers: { ...headers, 'x-amz-target': target },
      });
      this.#server.emit('request', request, new Reply(done));
      request.emit('data', Buffer.from(body));
      request.emit('end');
    });
    this.#running.add(call);
    void call.finally(() => this.#running.delete(call));
    return call;
  }

  async #untilActive(table: string): Promise<void> {
    for (;;) {
      const { Table } = await this.run('DescribeTable', { TableName: table });
      if (toObject(Table, table).TableStatus === 'ACTIVE') return;
      await new Promise((next) => setTimeout(next, 1));
    }
  }
}
