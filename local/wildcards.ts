/**
 * The wildcards of policies: `*` is any run of characters, `?` any one. Both cross `/` and `:`, so one `*` at the end of an ARN
 * spans everything below it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */

export function toExpression(pattern: string, flags = ''): RegExp {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, `s${flags}`);
}
