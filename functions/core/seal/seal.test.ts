import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { createKeyRing, OWN_KEY_BYTES } from './key-ring.ts';
import { createSeal, MAX_SEALED_BYTES, type SealScope } from './seal.ts';

const makeSecret = () => randomBytes(OWN_KEY_BYTES);
const scope: SealScope = { ownerId: 'own_1', purpose: 'reasoning' };
const sealer = () => createSeal(createKeyRing([makeSecret()]));

describe('a token', () => {
  test('is opened for its owner, and says who can read it', () => {
    const { seal, open } = sealer();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), fc.string({ maxLength: 40 }), (text, issuer) => {
        const token = seal(scope, issuer, text) ?? '';
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(open(scope, token)).toEqual({ issuer, text });
        expect(open(scope, token, issuer)).toEqual({ issuer, text });
      }),
    );
  });

  test('does not show its text', () => {
    const token = sealer().seal(scope, 'anthropic', 'a secret thought') ?? '';
    expect(Buffer.from(token.slice(3), 'base64url').toString('latin1')).not.toContain('secret');
  });

  test('is another one each time', () => {
    const { seal } = sealer();
    expect(seal(scope, 'a', 'x')).not.toBe(seal(scope, 'a', 'x'));
  });

  test('is small where its text repeats itself', () => {
    const text = 'const x = 1;\n'.repeat(2_000);
    const { seal, open } = sealer();
    const token = seal(scope, 'a', text) ?? '';
    expect(token.length).toBeLessThan(400);
    expect(open(scope, token)?.text).toBe(text);
  });

  test('is hardly longer than base64url makes a text that cannot be made smaller', () => {
    const signature = randomBytes(3_000).toString('base64');
    expect(sealer().seal(scope, 'anthropic/messages', signature)?.length).toBeLessThan(signature.length * 1.06);
  });

  test('is not made of a text that is too long, nor of an issuer', () => {
    const { seal, open } = sealer();
    const most = randomBytes(MAX_SEALED_BYTES / 2).toString('hex');
    expect(open(scope, seal(scope, 'i'.repeat(255), most) ?? '')?.text).toBe(most);
    expect(seal(scope, 'a', `${most}x`)).toBeNull();
    expect(seal(scope, 'i'.repeat(256), 'x')).toBeNull();
  });
});

describe('a token is refused', () => {
  const { seal, open } = sealer();
  const token = seal(scope, 'anthropic', 'text '.repeat(30)) ?? '';
  const opened = { issuer: 'anthropic', text: 'text '.repeat(30) };

  test('for another owner, purpose or issuer', () => {
    expect(open({ ...scope, ownerId: 'own_2' }, token)).toBeNull();
    expect(open({ ...scope, purpose: 'item' }, token)).toBeNull();
    expect(open(scope, token, 'gemini')).toBeNull();
    expect(open(scope, token, 'anthropic')).toEqual(opened);
  });

  test('of a key that nobody has', () => expect(sealer().open(scope, token)).toBeNull());

  test('when any one bit of it is another', () => {
    const bytes = Buffer.from(token.slice(3), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect([bit, open(scope, `s1_${flipped.toString('base64url')}`)]).toEqual([bit, null]);
    }
  });

  test('when it is cut anywhere, or goes on', () => {
    for (let length = 0; length < token.length; length++) expect(open(scope, token.slice(0, length))).toBeNull();
    for (const more of ['A', '=', '\n', ' ', 'é']) expect(open(scope, token + more)).toBeNull();
  });

  test('when it is no token at all', () => {
    for (const text of ['', 's1_', 's2_AAAA', 'EqQBCgIYAhIM', `s1_${'A'.repeat(1_000_000)}`]) {
      expect(open(scope, text)).toBeNull();
    }
    fc.assert(fc.property(fc.string(), (text) => open(scope, `s1_${text}`) === null));
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => open(scope, `s1_${Buffer.from(bytes).toString('base64url')}`) === null),
    );
  });
});

describe('keys rotate', () => {
  const [one, two, three] = [makeSecret(), makeSecret(), makeSecret()];

  test('the newest writes, and the others are read', () => {
    const before = createSeal(createKeyRing([one]));
    const after = createSeal(createKeyRing([two, one]));
    const old = before.seal(scope, 'a', 'old') ?? '';
    expect(after.open(scope, old)?.text).toBe('old');
    const made = after.seal(scope, 'a', 'new') ?? '';
    expect(createSeal(createKeyRing([two])).open(scope, made)?.text).toBe('new');
    expect(before.open(scope, made)).toBeNull();
  });

  test('a new one is read at once, and writes from the next renewal on', () => {
    const ring = createKeyRing([one]);
    const first = ring.writing().id;
    ring.renew([two, one]);
    const second = createKeyRing([two]).writing().id;
    expect(ring.find(second)).not.toBeNull();
    expect(ring.writing().id).toBe(first);
    ring.renew([two, one]);
    expect(ring.writing().id).toBe(second);
  });

  test('one that is taken away is not read, and does not write', () => {
    const ring = createKeyRing([two, one]);
    const leaked = ring.writing().id;
    ring.renew([three, one]);
    expect(ring.find(leaked)).toBeNull();
    expect(ring.writing().id).toBe(createKeyRing([one]).writing().id);
    ring.renew([three]);
    expect(ring.writing().id).toBe(createKeyRing([three]).writing().id);
  });

  test('a key of another length is none, and no key is no ring', () => {
    expect(() => createKeyRing([new Uint8Array(16)])).toThrow(RangeError);
    expect(() => createKeyRing([])).toThrow(RangeError);
  });
});
