/**
 * Settings of API Gateway that the twin would have to pass over stop the start, by name.
 */

import { describe, expect, it } from 'vitest';
import { readApis } from '../../../../local/stack/apis.ts';
import { readTemplate } from '../../../../local/stack/template.ts';
import { makeTemplate } from '../../../support/fixture-assembly.ts';

const fixture = {
  functions: { Web: { code: '' } },
  http: { 'GET /web': 'Web' },
  events: { $default: 'Web' },
};
const read = (resources: Record<string, unknown>) =>
  readApis(readTemplate(makeTemplate({ ...fixture, resources }), 'Relay').resources);

const stage = (properties: object) => ({
  EventsStage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId: { Ref: 'EventsApi' }, StageName: 'live', ...properties },
  },
});
const api = (properties: object) => ({
  HttpApi: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', ...properties } },
});

describe('a template', () => {
  it.each<[string, Record<string, unknown>]>([
    [
      'EventsStage: the local twin does not know the property StageVariables',
      stage({ StageVariables: { a: 'b' } }),
    ],
    [
      'EventsStage: the local twin does not know the property DefaultRouteSettings.ThrottlingRateLimit',
      stage({ DefaultRouteSettings: { LoggingLevel: 'INFO', ThrottlingRateLimit: 10 } }),
    ],
    [
      'EventsStage: the local twin does not know the property RouteSettings.$connect.ThrottlingBurstLimit',
      stage({ RouteSettings: { $connect: { ThrottlingBurstLimit: 1 } } }),
    ],
    [
      'EventsStage: the local twin does not know the property ClientCertificateId',
      stage({ ClientCertificateId: 'c' }),
    ],
    [
      'HttpApi: the local twin does not know the property ApiMappingSelectionExpression',
      api({ ApiMappingSelectionExpression: '$request.basepath' }),
    ],
    [
      'HttpApi: the local twin does not know the property DisableExecuteApiEndpoint',
      api({ DisableExecuteApiEndpoint: true }),
    ],
    ['HttpApi: the local twin does not know the property Body', api({ Body: { openapi: '3.0.1' } })],
    [
      'HttpStage: the local twin knows the stage "$default" of an HTTP API only, not v1',
      {
        HttpStage: {
          Type: 'AWS::ApiGatewayV2::Stage',
          Properties: { ApiId: { Ref: 'HttpApi' }, StageName: 'v1' },
        },
      },
    ],
  ])('is refused: %s', (message, resources) => {
    expect(() => read(resources)).toThrow(message);
  });

  it('may have settings that only name, log and measure', () => {
    const settings = { DetailedMetricsEnabled: true, LoggingLevel: 'INFO', DataTraceEnabled: false };
    const resources = {
      ...stage({ AutoDeploy: true, Description: 'd', DefaultRouteSettings: settings, RouteSettings: {} }),
      ...api({ Name: 'n', Tags: { a: 'b' }, DisableExecuteApiEndpoint: false }),
    };
    expect(read(resources)).toHaveLength(2);
  });
});
