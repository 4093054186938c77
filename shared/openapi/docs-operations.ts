/** The routes of the document and the page themselves. */
import type { Answer, Operation, Parameter, Section } from './operation.ts';

const unchanged: Parameter = {
  in: 'header',
  name: 'If-None-Match',
  description: 'The `ETag` of what the caller has.',
  schema: { type: 'string' },
};

const headers = {
  ETag: 'Changes when the text does.',
  'Cache-Control': 'How long the answer may be kept.',
};

const notModified: Answer = { status: 304, description: 'What the caller has is the latest.', headers };

const common = { method: 'GET', credentials: [], parameters: [unchanged], errors: {} } as const;

const document: Operation = {
  ...common,
  id: 'getOpenApi',
  path: '/openapi.json',
  summary: 'This document',
  description: 'The OpenAPI 3.1 document of every HTTP route.',
  answers: [
    {
      status: 200,
      description: 'The document.',
      headers,
      content: {
        type: 'application/json',
        schema: {
          type: 'object',
          required: ['openapi', 'info', 'paths'],
          properties: { openapi: { type: 'string', description: 'The version of OpenAPI.' } },
        },
        example: { openapi: '3.1.1', info: { title: 'Relay', version: '0.1.0' }, paths: {} },
      },
    },
    notModified,
  ],
};

const page: Operation = {
  ...common,
  id: 'getDocs',
  path: '/docs',
  summary: 'This document as a page',
  description: 'One page without scripts; it loads nothing.',
  answers: [
    {
      status: 200,
      description: 'The page.',
      headers: { ...headers, 'Content-Security-Policy': 'Nothing may be loaded.' },
      content: { type: 'text/html; charset=utf-8', schema: { type: 'string' }, example: '<!doctype html>…' },
    },
    notModified,
  ],
};

export const docsSection: Section = {
  name: 'Documentation',
  description: 'What you are reading.',
  schemas: {},
  operations: [document, page],
};
