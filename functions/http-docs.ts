/**
 * GET /openapi.json and GET /docs: the OpenAPI document and the page made of it. Built once for each environment; they
 * change with a deployment only.
 */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { RelayError } from '../shared/core/errors.ts';
import { representations } from '../shared/openapi/representation.ts';
import { answerProblems } from './_edge/answer-problems.ts';
import { makeLogger } from './_edge/logger.ts';

const texts = representations();

async function answer({ rawPath, headers }: APIGatewayProxyEventV2) {
  const found = texts.get(rawPath);
  if (!found) throw new RelayError('not-found', 'No route of this relay has this path.');
  if (found.isHeldBy(headers['if-none-match']))
    return { statusCode: 304, headers: found.validators, body: '' };
  return { statusCode: 200, headers: found.headers, body: found.body };
}

export const handler = middy(answer).use(answerProblems(makeLogger()));
