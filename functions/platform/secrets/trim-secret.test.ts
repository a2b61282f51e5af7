import { expect, test } from '@jest/globals';
import { trimSecret } from './trim-secret.ts';

test.each([
  ['sk-1', 'sk-1'],
  [' sk-1\r\n', 'sk-1'],
  ['"sk-1"', 'sk-1'],
  [" 'sk-1'\n", 'sk-1'],
  [' "sk-1\n" ', 'sk-1'],
  ['{"type":"service_account"}', '{"type":"service_account"}'],
  ['"sk-1', '"sk-1'],
  ['"sk-1\'', '"sk-1\''],
  ['s"k"1', 's"k"1'],
  ['"', '"'],
  ['""', ''],
  [' \n', ''],
])('%j is %j', (given, meant) => expect(trimSecret(given)).toBe(meant));
