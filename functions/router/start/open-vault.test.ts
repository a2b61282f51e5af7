import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { openVault } from './open-vault.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-vault-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, 'mesh.db');
const open = async () => {
  const documents = await openSqliteDocuments(path());
  return { documents, vault: await openVault({ kind: 'sqlite', path: path() }, documents) };
};

test('what was put is there after the next start, and the wrapping key is in a file of its user alone', async () => {
  const first = await open();
  await first.vault.put('mesh-provider-key-a', 'sk-canary-one');
  await first.documents.close();
  const second = await open();
  expect((await second.vault.get('mesh-provider-key-a'))?.value).toBe('sk-canary-one');
  await second.documents.close();
  const file = join(folder, 'wrapping-key.json');
  expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
  const { wrapping_key } = JSON.parse(readFileSync(file, 'utf8')) as { wrapping_key: string };
  const database = readFileSync(path());
  expect(database.includes('sk-canary-one')).toBe(false);
  expect(database.includes(wrapping_key) || database.includes(Buffer.from(wrapping_key, 'base64'))).toBe(false);
});

test.each(['{', '{}', '{"wrapping_key":"c2hvcnQ="}'])('a damaged file is left alone: %s', async (text) => {
  writeFileSync(join(folder, 'wrapping-key.json'), text);
  const documents = await openSqliteDocuments(path());
  await expect(openVault({ kind: 'sqlite', path: path() }, documents)).rejects.toThrow('wrapping-key.json');
  expect(readFileSync(join(folder, 'wrapping-key.json'), 'utf8')).toBe(text);
  await documents.close();
});
