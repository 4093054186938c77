/** A route as a `curl` command. `$RELAY` is the relay's address, and each credential a variable of its own. */
import type { Operation } from './operation.ts';

const OPTIONS: Readonly<Record<Operation['method'], string>> = {
  GET: '',
  HEAD: '-I ',
  OPTIONS: '-i -X OPTIONS ',
  POST: '-X POST ',
};

/** Of several credentials it shows the first, of parameters those that are required, of bodies the first example. */
export function curlOf({ method, path, parameters, body, credentials, isOpen, isStream }: Operation): string {
  const query: string[] = [];
  const headers: string[] = [];
  let at = path;
  for (const { in: place, name, required, example = '' } of parameters) {
    if (!required) continue;
    if (place === 'path') at = at.replace(`{${name}}`, encodeURIComponent(example));
    else if (place === 'query') query.push(`${name}=${encodeURIComponent(example)}`);
    else headers.push(quoted(`${name}: ${example}`));
  }
  for (const { scheme, variable } of isOpen ? [] : credentials.slice(0, 1)) {
    if (scheme.type === 'http') headers.push(`"Authorization: Bearer $${variable}"`);
    else if (scheme.in === 'header') headers.push(`"${scheme.name}: $${variable}"`);
    else query.push(`${scheme.name}=$${variable}`);
  }
  const [example] = Object.values(body?.examples ?? {});
  if (example) headers.push(quoted('Content-Type: application/json'));
  const option = method === 'GET' && isStream ? '-N ' : OPTIONS[method];
  return [
    `curl ${option}"$RELAY${at}${query.length > 0 ? `?${query.join('&')}` : ''}"`,
    ...headers.map((header) => `-H ${header}`),
    ...(example ? [`-d ${quoted(JSON.stringify(example.value, null, 2).replaceAll('\n', '\n  '))}`] : []),
  ].join(' \\\n  ');
}

/** In single quotes, as a shell takes it literally. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
