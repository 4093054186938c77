/**
 * Whose rate a request counts on. The gateway names the peer that it speaks with, and only that is believed: a client may write
 * into X-Forwarded-For what it likes. One customer has a whole /64 of IPv6, so that is what counts as one address.
 */
import { isIPv6 } from 'node:net';

/** IPv4 in the clothing of IPv6 (RFC 4291, 2.5.5.2): its /64 is all of IPv4, so it counts by the address that it stands for. */
const MAPPED = '0:0:0:0:0:ffff';

export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const groups = groupsOf(address);
  if (groups.slice(0, 6).join(':') === MAPPED) return groups.slice(6).flatMap(bytesOf).join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an address of IPv6, in lower case, without leading zeros and without its zone. */
function groupsOf(address: string): readonly string[] {
  const [zoneless = ''] = address.toLowerCase().split('%');
  const [left = '', right] = withoutDots(zoneless).split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].map((group) => group.replace(/^0+(?=.)/, ''));
}

/** The last two groups may be written as four decimal numbers. */
function withoutDots(address: string): string {
  return address.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_, a: string, b: string, c: string, d: string) => `${groupOf(a, b)}:${groupOf(c, d)}`,
  );
}

function groupOf(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}

function bytesOf(group: string): readonly number[] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 255];
}
