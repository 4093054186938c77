/** Values that somebody else wrote, read without trust: there is always a text, a number, a record or a list, and none is long. */

const MOST_LETTERS = 600;

/** An object's own fields; none where it is something else. */
export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

export function itemsOf(value: unknown, most: number): unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : [];
}

/** A text as it is; anything else as JSON; nothing as the empty text. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}

export function textIn(facts: Record<string, unknown>, name: string): string {
  return Object.hasOwn(facts, name) ? textOf(facts[name]) : '';
}

/** 0 where it is no number. */
export function numberIn(facts: Record<string, unknown>, name: string): number {
  const value = facts[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
