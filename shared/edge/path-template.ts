/** Paths with named parts, such as `/arena/{session_id}/events`. */

/** Whether a path is of a template; a named part stands for one or more characters that are no slash. */
export function isOfTemplate(template: string, path: string): boolean {
  const parts = path.split('/');
  const wanted = template.split('/');
  return (
    parts.length === wanted.length &&
    wanted.every((part, index) => (/^\{\w+\}$/.test(part) ? parts[index] !== '' : part === parts[index]))
  );
}
