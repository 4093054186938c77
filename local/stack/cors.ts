/**
 * The CORS configuration of an HTTP API.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigatewayv2-api-cors.html
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

export function readCors({ logicalId, properties }: Resource): CorsSpec | undefined {
  if (properties.CorsConfiguration === undefined) return undefined;
  const place = `${logicalId}.CorsConfiguration`;
  const cors = toObject(properties.CorsConfiguration, place);
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
