/** Function URLs as the twin reads them from a template, and what it refuses because it cannot run it. */
import { describe, expect, it } from 'vitest';
import { isOpenByUrl, isPermitted, readFunctions } from '../../../../local/stack/functions.ts';
import { readTemplate } from '../../../../local/stack/template.ts';
import { readFunctionUrls } from '../../../../local/stack/urls.ts';
import { makeFunctionUrl, makeTemplate } from '../../../support/fixture-assembly.ts';

const assets = new Map([['Web.zip', '/assets/web']]);

function read(permissions?: string[], properties: Record<string, unknown> = {}) {
  const { resources, outputs } = makeFunctionUrl('Web', permissions);
  Object.assign(Object(resources.WebUrl).Properties, properties);
  const functions = { Web: { code: '', reservedConcurrency: 7 } };
  const unpermitted = ['Web'];
  const fixture = { functions, unpermitted, http: {}, events: {}, resources, outputs };
  return readTemplate(makeTemplate(fixture), 'Relay');
}

const web = (permissions?: string[]) =>
  readFunctions(read(permissions).resources, assets)[0] ?? expect.unreachable();

describe('a function URL', () => {
  it('leads to its function, under a host name of its own', () => {
    const { resources, outputs } = read();
    const [url, ...others] = readFunctionUrls(resources);
    expect(others).toEqual([]);
    expect(url?.functionArn).toBe(web().arn);
    expect(outputs.WebUrl).toBe(`https://${url?.id}.lambda-url.us-east-1.on.aws/`);
    expect(url?.id).toMatch(/^[a-z0-9]{32}$/);
  });

  it('has its CORS configuration, or none', () => {
    const corsOf = (properties?: Record<string, unknown>) =>
      readFunctionUrls(read(undefined, properties).resources)[0]?.cors;
    expect(corsOf()).toBeUndefined();
    expect(corsOf({ Cors: { AllowOrigins: ['*'], AllowMethods: ['GET'], MaxAge: 60 } })).toEqual({
      origins: ['*'],
      methods: ['GET'],
      headers: [],
      exposedHeaders: [],
      maxAgeS: 60,
      credentials: false,
    });
  });

  it.each([
    ['AuthType', 'AWS_IAM'],
    ['InvokeMode', 'BUFFERED'],
    ['InvokeMode', undefined],
    ['Qualifier', 'live'],
  ])('with %s %j is refused by name', (name, value) => {
    expect(() => readFunctionUrls(read(undefined, { [name]: value }).resources)).toThrow(name);
  });
});

describe('its function', () => {
  it('streams, and has its reserved concurrency', () => {
    expect(web()).toMatchObject({ isStreaming: true, reservedConcurrency: 7 });
  });

  it('is open by its URL with both permissions, and with neither alone', () => {
    expect(isOpenByUrl(web())).toBe(true);
    expect(isOpenByUrl(web(['InvokeFunctionUrl']))).toBe(false);
    expect(isOpenByUrl(web(['InvokeFunction']))).toBe(false);
  });

  it('is not open to anybody else by what its URL may', () => {
    expect(isPermitted(web(), '*', 'arn:aws:execute-api:us-east-1:1:api/*')).toBe(false);
    expect(isPermitted(web(), 'apigateway.amazonaws.com', 'arn:aws:execute-api:us-east-1:1:api/*')).toBe(
      false,
    );
  });
});
