/**
 * Response streaming as Lambda's Node runtime has it: the global `awslambda`, the stream that a handler writes to, and the
 * status and headers that go ahead of its body with the first write (as JSON and eight NUL bytes).
 */

const { Writable } = require('node:stream');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const DEFAULT_TYPE = 'application/octet-stream';
const WITH_HEAD_TYPE = 'application/vnd.awslambda.http-integration-response';
const DELIMITER = Buffer.alloc(8);

class ResponseStream extends Writable {
  #send;
  #contentType = DEFAULT_TYPE;
  #hasWritten = false;
  _onBeforeFirstWrite;

  /** `send(bytes, contentType)` resolves when there is room for more. */
  constructor(send) {
    super();
    this.#send = send;
  }

  setContentType(type) {
    if (this.#hasWritten) throw new Error('Cannot set content-type, too late.');
    this.#contentType = type;
  }

  write(chunk, encoding, callback) {
    if (!this.#hasWritten) {
      this.#hasWritten = true;
      this._onBeforeFirstWrite?.((ahead) => super.write(ahead));
    }
    const isData = typeof chunk === 'string' || chunk instanceof Uint8Array;
    return super.write(isData ? chunk : JSON.stringify(chunk), encoding, callback);
  }

  _write(chunk, _, done) {
    this.#send(chunk, this.#contentType).then(() => done(), done);
  }

  /** A stream that ends without a byte still has its type. */
  _final(done) {
    this.#send(Buffer.alloc(0), this.#contentType).then(() => done(), done);
  }
}

const HttpResponseStream = {
  from(stream, head) {
    stream.setContentType(WITH_HEAD_TYPE);
    stream._onBeforeFirstWrite = (write) => {
      write(JSON.stringify(head));
      write(DELIMITER);
    };
    return stream;
  },
};

function install() {
  globalThis.awslambda = {
    streamifyResponse(handler) {
      handler[STREAMING] = 'response';
      return handler;
    },
    HttpResponseStream,
  };
}

module.exports = { ResponseStream, install, isStreaming: (handler) => handler[STREAMING] === 'response' };
