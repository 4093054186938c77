/**
 * Lambda's response streaming, by the runtime's global `awslambda`. Own types: those of @types/aws-lambda take the stream
 * for one of Node's, of which it has only some methods. Platform rules: a status and headers go ahead of the body with its
 * first write, be it an empty one. The handler's promise has to last until all is written, since Node 24's runtime waits
 * for nothing else. A client that leaves does not end the function.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { problemAnswer } from './answer-problems.ts';

/** What the runtime gives: not a whole stream of Node's, but these of its methods. */
export interface ResponseStream {
  write(chunk: string, encoding: 'utf8', done: (error?: Error | null) => void): boolean;
  end(done: () => void): void;
  on(event: 'error', take: (error: Error) => void): unknown;
}

interface Head {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

export type StreamingHandler = (
  event: APIGatewayProxyEventV2,
  stream: ResponseStream,
  context: Context,
) => Promise<void>;

export interface LambdaStreaming {
  streamifyResponse(handler: StreamingHandler): unknown;
  readonly HttpResponseStream: { from(stream: ResponseStream, head: Head): ResponseStream };
}

/** Begins the answer; what it returns writes to it, and says whether there is anybody left to write to. */
export type Begin = (
  statusCode: number,
  headers: Readonly<Record<string, string>>,
) => (text: string) => Promise<boolean>;

export type Respond = (event: APIGatewayProxyEventV2, context: Context, begin: Begin) => Promise<void>;

/** What is kept of an invocation's time for its end, milliseconds: a client that takes nothing must not use it all up. */
const END_MS = 2_000;

/** What `respond` throws before it has begun an answer is the answer. */
export function streaming(logger: Logger, respond: Respond): unknown {
  const runtime = lambdaStreaming();
  return runtime.streamifyResponse(async (event, stream, context) => {
    let hasBegun = false;
    const within = <Result>(start: (done: (result: Result) => void) => void, late: Result) =>
      new Promise<Result>((resolve) => {
        const left = Math.max(0, context.getRemainingTimeInMillis() - END_MS);
        const timer = setTimeout(() => resolve(late), left);
        start((result) => {
          clearTimeout(timer);
          resolve(result);
        });
      });
    const begin: Begin = (statusCode, headers) => {
      hasBegun = true;
      const body = runtime.HttpResponseStream.from(stream, { statusCode, headers });
      return (text) =>
        within<boolean>((done) => void body.write(text, 'utf8', (error) => done(!error)), false);
    };
    stream.on('error', (error) => logger.info('client left', { error }));
    try {
      await respond(event, context, begin);
    } catch (error) {
      const answer = problemAnswer(logger, error, event.requestContext.requestId);
      // After the first byte there is nothing left to say but the end; the client comes back and asks again.
      if (!hasBegun) await begin(answer.statusCode, answer.headers)(answer.body);
    }
    await within<void>((done) => stream.end(() => done()), undefined);
  });
}

function lambdaStreaming(): LambdaStreaming {
  const { awslambda } = globalThis as unknown as { awslambda?: LambdaStreaming };
  if (!awslambda) throw new Error('this runtime has no response streaming: there is no global awslambda');
  return awslambda;
}
