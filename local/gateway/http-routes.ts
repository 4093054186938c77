/**
 * Route matching of an HTTP API. The most specific route wins: a full match of method and path, then one with path parameters,
 * then a greedy `{proxy+}`, then `$default`; at equal paths a method wins over ANY.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */

import { decodePart } from '../decode.ts';
import type { Route } from '../stack/apis.ts';

export interface RouteMatch {
  route: Route;
  pathParameters: Record<string, string> | undefined;
}

interface Candidate extends RouteMatch {
  rank: number;
}

const ANY_METHOD = 'ANY';

export function matchRoute(routes: Route[], method: string, path: string): RouteMatch | undefined {
  const candidates = routes
    .map((route) => tryRoute(route, method, path))
    .filter((candidate) => candidate !== undefined);
  return candidates.sort((a, b) => b.rank - a.rank)[0];
}

function tryRoute(route: Route, method: string, path: string): Candidate | undefined {
  if (route.key === '$default') return { route, pathParameters: undefined, rank: 0 };
  const [routeMethod = '', pattern = ''] = route.key.split(' ');
  if (routeMethod !== method && routeMethod !== ANY_METHOD) return undefined;
  const parameters = matchPath(pattern, path);
  if (!parameters) return undefined;
  const methodRank = routeMethod === ANY_METHOD ? 0 : 1;
  const pathRank = pattern.includes('+}') ? 1 : pattern.includes('{') ? 2 : 3;
  const hasParameters = Object.keys(parameters).length > 0;
  return { route, pathParameters: hasParameters ? parameters : undefined, rank: pathRank * 2 + methodRank };
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const [isParameter, name = '', greedy] = /^\{(\w+)(\+?)\}$/.exec(segment) ?? [];
    const value = greedy ? given.slice(index).join('/') : given[index];
    if (value === undefined) return undefined;
    if (!isParameter && value !== segment) return undefined;
    if (isParameter && value === '') return undefined;
    if (isParameter) parameters[name] = decodePart(value);
    if (greedy) return parameters;
  }
  return wanted.length === given.length ? parameters : undefined;
}
