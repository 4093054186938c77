/**
 * The CORS configuration of an HTTP API or of a function URL; they have the same form.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigatewayv2-api-cors.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-url-cors.html
 */

import { toList, toNumber, toObject, toText } from '../json.ts';
import type { Resource } from './template.ts';

export interface CorsSpec {
  /** Origins, `*`, `https://*` or `http://*`. */
  origins: string[];
  methods: string[];
  headers: string[];
  exposedHeaders: string[];
  maxAgeS: number | undefined;
  credentials: boolean;
}

export function readCors(
  { logicalId, properties }: Resource,
  property: 'Cors' | 'CorsConfiguration',
): CorsSpec | undefined {
  if (properties[property] === undefined) return undefined;
  const place = `${logicalId}.${property}`;
  const cors = toObject(properties[property], place);
  const texts = (name: string) =>
    toList(cors[name] ?? [], `${place}.${name}`).map((item) => toText(item, `${place}.${name}`));
  const origins = texts('AllowOrigins');
  const credentials = cors.AllowCredentials === true || cors.AllowCredentials === 'true';
  if (credentials && origins.includes('*')) {
    throw new Error(`${place}: AllowCredentials is not possible with the origin "*"`);
  }
  return {
    origins,
    methods: texts('AllowMethods'),
    headers: texts('AllowHeaders'),
    exposedHeaders: texts('ExposeHeaders'),
    maxAgeS: cors.MaxAge === undefined ? undefined : toNumber(cors.MaxAge, `${place}.MaxAge`),
    credentials,
  };
}
