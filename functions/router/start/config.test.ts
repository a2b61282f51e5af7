import { describe, expect, test } from '@jest/globals';
import { ATTEMPT_LIMITS } from '../way/attempt-limits.ts';
import { readConfig } from './config.ts';

describe('limits of one endpoint', () => {
  test('are the defaults where nothing is said, or nothing but an empty text', () => {
    expect(readConfig({}).limits).toEqual(ATTEMPT_LIMITS);
    expect(readConfig({ MESH_IDLE_SECONDS: '' }).limits).toEqual(ATTEMPT_LIMITS);
  });

  test('are seconds, with decimals', () => {
    const env = {
      MESH_CONNECT_SECONDS: '0.4',
      MESH_FIRST_TOKEN_SECONDS: '30',
      MESH_WHOLE_SECONDS: '3600',
      MESH_IDLE_SECONDS: '0.1',
    };
    expect(readConfig(env).limits).toEqual({ connect: 400, firstByte: 30_000, whole: 3_600_000, idle: 100 });
  });

  const names = ['MESH_CONNECT_SECONDS', 'MESH_FIRST_TOKEN_SECONDS', 'MESH_WHOLE_SECONDS', 'MESH_IDLE_SECONDS'];
  test.each(names.flatMap((name) => ['0', '0.05', '-1', '3601', 'soon', '5s', 'Infinity'].map((text) => [name, text])))(
    '%s=%s stops the start by name',
    (name, text) => {
      expect(() => readConfig({ [name]: text })).toThrow(`${name} must be a number from 0.1 to 3600.`);
    },
  );
});
