import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** `keys/{sha256 of the key}`: an inference key's settings. Never the key itself. */
export const KEYS = 'keys';

/** `rsk`: inference, for an owner's own applications. `mak`: administration. */
export const keyKinds = ['rsk', 'mak'] as const;
export type KeyKind = (typeof keyKinds)[number];

/** Random bytes in a key. */
export const KEY_BYTES = 32;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^43 > 2^256 and 62^6 > 2^32. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SHAPE = new RegExp(`^(${keyKinds.join('|')})_([0-9A-Za-z]{${SECRET_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`);

/**
 * A key from `KEY_BYTES` random bytes: kind, secret, and a CRC-32 of both, all in base 62. The checksum lets scanners
 * recognise a leaked key and lets the router refuse a typo without asking the store.
 */
export function makeKey(kind: KeyKind, random: Uint8Array): string {
  if (random.length !== KEY_BYTES) throw new RangeError(`A key needs ${KEY_BYTES} random bytes.`);
  const secret = base62(BigInt(`0x${Buffer.from(random).toString('hex')}`), SECRET_LENGTH);
  return `${kind}_${secret}${checksum(kind, secret)}`;
}

/** The kind of a well-formed key; null for anything else, typos included. Says nothing of whether the key exists. */
export function keyKind(key: string): KeyKind | null {
  const match = SHAPE.exec(key);
  if (match === null) return null;
  const [, kind, secret = '', sum] = match;
  return checksum(kind as KeyKind, secret) === sum ? (kind as KeyKind) : null;
}

/** What is stored of a key: SHA-256 in hex. 256 random bits need no salt and no slow hash. */
export function hashKey(key: string): string {
  return hash('sha256', key, 'hex');
}

/** Enough of a key to recognise it by, not enough to use it: `rsk_ab…wxyz`. */
export function maskKey(key: string): string {
  return `${key.slice(0, 6)}…${key.slice(-4)}`;
}

function checksum(kind: KeyKind, secret: string): string {
  return base62(BigInt(crc32(`${kind}_${secret}`)), CHECKSUM_LENGTH);
}

function base62(value: bigint, length: number): string {
  let digits = '';
  for (let rest = value; rest > 0n; rest /= 62n) digits = ALPHABET[Number(rest % 62n)] + digits;
  return digits.padStart(length, '0');
}
