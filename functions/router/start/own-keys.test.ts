import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SEAL_SECRET, USER_SECRET } from '../../core/seal/own-secrets.ts';
import { createEnvSecrets } from '../../platform/secrets/env-secrets.ts';
import type { Secrets } from '../../platform/secrets/secrets.ts';
import { MAX_SEAL_KEYS, openOwnKeys } from './own-keys.ts';

const makeKey = () => randomBytes(32).toString('base64');
const toText = (key: Uint8Array) => Buffer.from(key).toString('base64');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-own-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('on a laptop', () => {
  const open = (env: Record<string, string> = {}) =>
    openOwnKeys({ secrets: 'env', store: { kind: 'sqlite', path: join(folder, 'mesh.db') } }, createEnvSecrets(env));
  const path = () => join(folder, 'own-keys.json');

  test('keys are made at the first start, for their user alone, and found at the next', async () => {
    const keys = await open();
    expect((await open()).user).toEqual(keys.user);
    expect(await (await open()).seal()).toEqual(await keys.seal());
    expect((statSync(path()).mode & 0o777).toString(8)).toBe('600');
    expect(readFileSync(path(), 'utf8')).toContain(toText(keys.user));
    expect(await keys.seal()).not.toEqual([keys.user]);
  });

  test('one that is in the environment goes before that of the file', async () => {
    const seal = makeKey();
    const keys = await open({ MESH_SEAL_KEY: seal });
    expect((await keys.seal()).map(toText)).toEqual([seal]);
    expect(keys.user).toEqual((await open()).user);
  });

  test('where both are in the environment no file is made', async () => {
    const user = makeKey();
    expect(toText((await open({ MESH_SEAL_KEY: makeKey(), MESH_USER_KEY: user })).user)).toBe(user);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a database in memory has keys of its own', async () => {
    const store = { kind: 'sqlite' as const, path: ':memory:' };
    const [one, two] = await Promise.all(
      [1, 2].map(() => openOwnKeys({ secrets: 'env', store }, createEnvSecrets({}))),
    );
    expect(one?.user).not.toEqual(two?.user);
  });

  test.each(['{', '{}', `{"seal":"${makeKey()}","user":"short"}`])('a damaged file is left alone: %s', async (text) => {
    writeFileSync(path(), text);
    await expect(open()).rejects.toThrow('own-keys.json');
    expect(readFileSync(path(), 'utf8')).toBe(text);
  });
});

describe('in production', () => {
  /** Secret Manager: versions of each secret, from 1 on; null is one that is disabled. */
  const manager = (held: Record<string, (string | null)[]>): Secrets => ({
    async get(name, version = 'latest') {
      const versions = held[name] ?? [];
      const number = version === 'latest' ? versions.length : Number(version);
      const value = versions[number - 1] ?? null;
      return value === null ? null : { value, version: String(number) };
    },
    async close() {},
  });
  const open = (held: Record<string, (string | null)[]>) =>
    openOwnKeys({ secrets: 'secret-manager', store: { kind: 'firestore', emulatorHost: null } }, manager(held));

  test('the newest versions of the sealing key are read, but for those that are disabled', async () => {
    const texts = Array.from({ length: MAX_SEAL_KEYS + 2 }, makeKey);
    const keys = await open({ [SEAL_SECRET]: texts, [USER_SECRET]: [makeKey()] });
    expect((await keys.seal()).map(toText)).toEqual(texts.slice(2).reverse());
    const [one, two, three] = [makeKey(), makeKey(), makeKey()];
    const some = await open({ [SEAL_SECRET]: [one, null, three], [USER_SECRET]: [two] });
    expect((await some.seal()).map(toText)).toEqual([three, one]);
  });

  test('a new version of the key of users changes nobody’s hash', async () => {
    const user = makeKey();
    expect(toText((await open({ [SEAL_SECRET]: [makeKey()], [USER_SECRET]: [user, makeKey()] })).user)).toBe(user);
  });

  test('nothing starts without its keys, and the mistake names the secret alone', async () => {
    await expect(open({ [SEAL_SECRET]: [makeKey()] })).rejects.toThrow(USER_SECRET);
    await expect((await open({ [USER_SECRET]: [makeKey()] })).seal()).rejects.toThrow(SEAL_SECRET);
    const wrong = open({ [SEAL_SECRET]: [makeKey()], [USER_SECRET]: ['not-a-key'] });
    await expect(wrong).rejects.toThrow(USER_SECRET);
    await expect(wrong).rejects.not.toThrow('not-a-key');
  });
});
