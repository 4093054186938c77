/**
 * Whose rate a request counts on. The gateway names the peer that it speaks with, and only that is believed: a client may write
 * into X-Forwarded-For what it likes. One customer has a whole /64 of IPv6, so that is what counts as one address.
 */
import { isIPv6 } from 'node:net';

export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const [left = '', right] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = right === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
