import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { addressGroup } from '../../../../functions/_edge/source-address.ts';

describe('an address of IPv4', () => {
  it.each(['192.0.2.1', '0.0.0.0', '255.255.255.255', '127.0.0.1'])('counts by itself: %s', (address) => {
    expect(isIP(address)).toBe(4);
    expect(addressGroup(address)).toBe(address);
  });

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['0000:0000:0000:0000:0000:ffff:c000:0201', '192.0.2.1'],
    ['::ffff:0:0', '0.0.0.0'],
    ['::ffff:255.255.255.255', '255.255.255.255'],
  ])('in the clothing of IPv6 is the same: %s', (address, group) => {
    expect(isIP(address)).toBe(6);
    expect(addressGroup(address)).toBe(group);
  });
});

describe('an address of IPv6', () => {
  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:0003:0004:0005:0006', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::A', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
    ['2001:db8:0000:0000::1', '2001:db8:0:0::/64'],
    ['2001::2:3:4:5:6:7', '2001:0:2:3::/64'],
    ['2001:1:2::4:5:6:7', '2001:1:2:0::/64'],
    ['1::3:4:5:6:7:8', '1:0:3:4::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['::', '0:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['fe80::1:2%25', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2::3:4:5:192.0.2.1', '1:2:0:3::/64'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
    ['::ffff:1:192.0.2.1', '0:0:0:0::/64'],
    ['::192.0.2.1', '0:0:0:0::/64'],
  ])('counts with the /64 that its customer has: %s', (address, group) => {
    expect(isIP(address)).toBe(6);
    expect(addressGroup(address)).toBe(group);
  });

  it('counts apart from the next /64', () => {
    expect(addressGroup('2001:db8:1:2::1')).not.toBe(addressGroup('2001:db8:1:3::1'));
    expect(addressGroup('2001:db8::1')).not.toBe(addressGroup('2001:db8:1::1'));
  });
});

describe('what is no address', () => {
  it.each(['', 'unknown', 'fe80', '2001:db8', '2001:db8::1::2', '192.0.2.1:443', '::g'])(
    'counts by its text: %j',
    (text) => {
      expect(isIP(text)).toBe(0);
      expect(addressGroup(text)).toBe(text);
    },
  );
});
