/**
 * API Gateway's limits, none of them adjustable.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */

export const MAX_MESSAGE_BYTES = 128 * 1024;
export const MAX_FRAME_BYTES = 32 * 1024;
export const MAX_WEBSOCKET_URL = 4096;
export const IDLE_MS = 10 * 60_000;
export const LIFE_MS = 2 * 3_600_000;

export const MAX_HTTP_BODY_BYTES = 10 * 1024 * 1024;
/** Request line and header values together. */
export const MAX_HTTP_HEAD_BYTES = 10_240;
