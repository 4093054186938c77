import { describe, expect, it } from 'vitest';
import { matchesSignature } from '../../../../shared/auth/body-signature.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** RFC 4231, test case 2. */
const body = 'what do ya want for nothing?';
const hex = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';

describe('the signature of a body', () => {
  it.each<[string, string, string, string[], boolean]>([
    ['by the secret', body, `sha256=${hex}`, ['Jefe'], true],
    ['by the second of two secrets', body, `sha256=${hex}`, ['other', 'Jefe'], true],
    ['by the first of two secrets', body, `sha256=${hex}`, ['Jefe', 'other'], true],
    ['in capital digits', body, `sha256=${hex.toUpperCase()}`, ['Jefe'], true],
    ['by another secret', body, `sha256=${hex}`, ['jefe'], false],
    ['where there is no secret', body, `sha256=${hex}`, [], false],
    ['of another body', `${body} `, `sha256=${hex}`, ['Jefe'], false],
    ['of a body with one byte changed', body.replace('?', '!'), `sha256=${hex}`, ['Jefe'], false],
    ['of an empty body', '', `sha256=${hex}`, ['Jefe'], false],
    ['missing', body, '', ['Jefe'], false],
    ['without its prefix', body, hex, ['Jefe'], false],
    ['with another prefix', body, `sha1=${hex}`, ['Jefe'], false],
    ['with a prefix in capitals', body, `SHA256=${hex}`, ['Jefe'], false],
    ['that is a prefix alone', body, 'sha256=', ['Jefe'], false],
    ['cut by a digit', body, `sha256=${hex.slice(0, -1)}`, ['Jefe'], false],
    ['cut by a byte', body, `sha256=${hex.slice(0, -2)}`, ['Jefe'], false],
    ['with a digit more', body, `sha256=${hex}0`, ['Jefe'], false],
    ['with one digit changed', body, `sha256=${hex.slice(0, -1)}4`, ['Jefe'], false],
    ['with a line feed after it', body, `sha256=${hex}\n`, ['Jefe'], false],
    ['with a blank before it', body, ` sha256=${hex}`, ['Jefe'], false],
    ['given twice', body, `sha256=${hex}, sha256=${hex}`, ['Jefe'], false],
    ['with a letter that is no digit', body, `sha256=${hex.slice(0, -1)}g`, ['Jefe'], false],
    ['with digits of another script', body, `sha256=${hex.slice(0, -1)}\u0663`, ['Jefe'], false],
    ['of the mock in the source', body, 'sha256=MOCKED_SIGNATURE_IF_SECRET_NOT_SET', ['Jefe'], false],
    ['that is very long', body, `sha256=${'a'.repeat(100_000)}`, ['Jefe'], false],
    ['that is garbage', body, '\u0000\ud800=;', ['Jefe'], false],
  ])('%s', (_title, signed, presented, secrets, matches) => {
    expect(matchesSignature(presented, bytes(signed), secrets)).toBe(matches);
  });

  it('of a webhook is what openssl says of it', () => {
    const webhook = '{"job_id": "test-job", "status": "completed", "result": {"success": true}}';
    expect(
      matchesSignature(
        'sha256=b6e9dfe67f2ef8b35d7af5cf018cb120c64f6cd5c71c7d1c308a70e2d0c98ac9',
        bytes(webhook),
        ['s3cret'],
      ),
    ).toBe(true);
  });

  it('is of the bytes, also where they are no text', () => {
    const presented = 'sha256=813e26b9dc3283032ae1db51c46fe9d5605bc49c99f636d7238a959d940207b8';
    expect(matchesSignature(presented, Buffer.from([0xff, 0x00, 0xfe]), ['s3cret'])).toBe(true);
    expect(matchesSignature(presented, bytes('\ufffd\u0000\ufffd'), ['s3cret'])).toBe(false);
  });

  it('may be by a secret beyond ASCII', () => {
    expect(
      matchesSignature(
        'sha256=ae4381029e4847700a0071faf1dc3d41f76470b27944b789c62241a8e5166ccf',
        bytes('x'),
        ['gr\u00fc\u00df'],
      ),
    ).toBe(true);
  });
});
