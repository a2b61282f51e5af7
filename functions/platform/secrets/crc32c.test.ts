import { expect, test } from '@jest/globals';
import { crc32c } from './crc32c.ts';

// The check value of the polynomial, and the vectors of RFC 3720, B.4.
test.each([
  ['123456789', 0xe3069283],
  ['\0'.repeat(32), 0x8a9136aa],
  ['', 0],
])('of %j', (text, sum) => expect(crc32c(Buffer.from(text, 'latin1'))).toBe(sum));
