/**
 * Lambda's Invoke operation, waiting (RequestResponse) or not (Event), with the payload limits of each.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */

import { decodePart } from '../decode.ts';
import { toArn } from '../ids.ts';
import { parseJson } from '../json.ts';
import { FunctionError, ThrottledError } from '../lambda/function-error.ts';
import type { Functions } from '../lambda/functions.ts';
import { MAX_ASYNC_BYTES, MAX_SYNC_BYTES } from '../lambda/limits.ts';
import { type AwsAnswer, emptyAnswer, errorAnswer, jsonAnswer } from './answer.ts';
import type { AwsRequest, AwsService } from './call.ts';
import type { Need } from './policy.ts';

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations/;

export class LambdaApi implements AwsService {
  readonly #functions: Functions;

  constructor(functions: Functions) {
    this.#functions = functions;
  }

  operationOf(method: string, path: string): string {
    return method === 'POST' && INVOCATIONS.test(path) ? 'Invoke' : `${method} ${path}`;
  }

  needs({ operation, path }: AwsRequest): Need[] {
    if (operation !== 'Invoke') return [];
    const name = nameIn(path);
    return [
      { action: 'lambda:InvokeFunction', resource: this.#functions.find(name)?.arn ?? toFunctionArn(name) },
    ];
  }

  answer(request: AwsRequest): AwsAnswer | Promise<AwsAnswer> {
    const name = nameIn(request.path);
    if (request.operation !== 'Invoke') {
      return errorAnswer(
        404,
        'UnknownOperationException',
        `the local twin has no lambda ${request.operation}`,
      );
    }
    if (!this.#functions.find(name)) {
      return errorAnswer(404, 'ResourceNotFoundException', `Function not found: ${name}`);
    }
    const isAsync = request.headers['x-amz-invocation-type'] === 'Event';
    const limit = isAsync ? MAX_ASYNC_BYTES : MAX_SYNC_BYTES;
    if (request.body.length > limit) {
      const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
      return errorAnswer(413, 'RequestTooLargeException', message);
    }
    const event = request.body.length === 0 ? {} : parseJson(request.body.toString());
    if (event === undefined) {
      return errorAnswer(400, 'InvalidRequestContentException', 'Could not parse request body into json');
    }
    if (!isAsync) return this.#invoke(name, event);
    void this.#functions.invokeLater(name, event);
    return emptyAnswer(202);
  }

  async #invoke(name: string, event: unknown): Promise<AwsAnswer> {
    const version = { 'x-amz-executed-version': '$LATEST' };
    try {
      const answer = jsonAnswer(200, await this.#functions.invoke(name, event));
      return { ...answer, headers: { ...answer.headers, ...version } };
    } catch (error) {
      if (error instanceof ThrottledError) return errorAnswer(429, error.name, error.message);
      // A failed function is a successful Invoke: 200, with a header that says so.
      if (!(error instanceof FunctionError)) throw error;
      const answer = jsonAnswer(200, error.report);
      return { ...answer, headers: { ...answer.headers, ...version, 'x-amz-function-error': 'Unhandled' } };
    }
  }
}

function nameIn(path: string): string {
  return decodePart(INVOCATIONS.exec(path)?.[1] ?? '');
}

/** The path of an invocation has a name, an ARN, or the end of one; a permission is for the ARN. */
function toFunctionArn(name: string): string {
  return name.startsWith('arn:') ? name : toArn('lambda', `function:${name.replace(/^.*function:/, '')}`);
}
