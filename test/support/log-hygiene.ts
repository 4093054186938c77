/**
 * What no log line may hold: a secret, a token, a ticket, or a query string. Whatever starts a relay shows it every line that
 * the relay's functions print, and asks at the end; a line that says too much fails the test file, whatever it was about.
 */

/** A shorter value is in many a line by chance. */
const SHORTEST_SECRET = 6;

/** How a forbidden thing looks. The credentials of hook-backend, of browsers' subprotocols, JWTs and signatures have their own look. */
const shapes: Readonly<Record<string, RegExp>> = {
  token: /\b(?:hook|session|ticket)_[A-Za-z0-9]{8,}_[A-Za-z0-9_-]{16,}/g,
  // The secret half of a token by itself; folders of code are named by a hash that looks the same.
  'half of a token': /(?<!asset\.|sha256=)\b[0-9a-f]{64}\b/g,
  bearer: /\bbearer[. ]+[A-Za-z0-9._~+/-]{12,}=*/gi,
  // The shortest header there is has twenty characters; a request's id has fifteen, and may begin as it likes.
  'JSON web token': /\beyJ[A-Za-z0-9_-]{16,}/g,
  'query string': /\b(?:ticket|token|tenant|after|project_id)=[^\s"\\]*/g,
  signature: /\b(?:AWS4-HMAC-SHA256\b[^"\\]*|sha256=[^\s"\\]+)/g,
};

type Environment = Readonly<Record<string, string | undefined>>;

/** The values of those variables that name a secret; of a list that is being rotated, each; of credentials, their secret parts. */
export function secretsIn(environment: Environment): string[] {
  const values = Object.entries(environment).flatMap(([name, value]) =>
    value && /TOKEN|SECRET|BEARER|KEY|CREDENTIALS/.test(name)
      ? [value, ...listed(value), ...secretParts(value)]
      : [],
  );
  return values.filter((value) => value.length >= SHORTEST_SECRET);
}

/** Whoever the user is and which certificate is shown may be known. */
function secretParts(value: string): string[] {
  if (!value.startsWith('{')) return [];
  const { password, token, creds, tls }: Record<string, unknown> = JSON.parse(value);
  return [password, token, creds, Object(tls).key].filter((part) => typeof part === 'string');
}

function listed(value: string): string[] {
  if (!value.startsWith('[')) return [];
  const list: unknown = JSON.parse(value);
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

export class LogHygiene {
  readonly #secrets: readonly string[];
  readonly #violations: string[] = [];

  constructor(environment: Environment) {
    // As it stands in a line of JSON, too.
    const written = secretsIn(environment).flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
    this.#secrets = [...new Set(written)];
  }

  look(line: string): void {
    let redacted = line;
    const found = new Set<string>();
    for (const secret of this.#secrets) {
      if (!redacted.includes(secret)) continue;
      found.add('a secret');
      redacted = redacted.replaceAll(secret, '<a secret>');
    }
    for (const [name, shape] of Object.entries(shapes)) {
      redacted = redacted.replace(shape, () => {
        found.add(`a ${name}`);
        return `<a ${name}>`;
      });
    }
    if (found.size > 0) this.#violations.push(`${[...found].join(', ')} in: ${redacted}`);
  }

  /** Throws where a line said too much; shows the first of them, without what they should not have said. */
  verify(): void {
    const { length } = this.#violations;
    if (length === 0) return;
    throw new Error(`${length} log lines say too much:\n${this.#violations.slice(0, 5).join('\n')}`);
  }
}
