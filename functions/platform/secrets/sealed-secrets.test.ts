import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { WRAPPING_KEY_BYTES } from '../../core/seal/envelope.ts';
import { openSqliteDocuments } from '../documents/sqlite-documents.ts';
import { createSealedSecrets, SEALED_SECRETS } from './sealed-secrets.ts';
import { describeVault } from './vault-contract.ts';

const open = async () => {
  const documents = await openSqliteDocuments(':memory:');
  return { documents, vault: createSealedSecrets(documents, randomBytes(WRAPPING_KEY_BYTES)) };
};

describeVault('secrets sealed in the store', async () => (await open()).vault);

test('nothing of the text stands in the store', async () => {
  const { documents, vault } = await open();
  await vault.put('mesh-provider-key-a', 'sk-canary');
  const [found] = await documents.query({ collection: SEALED_SECRETS, limit: 10 });
  const texts = [found?.data.sealed, found?.data.wrapped_key].map((text) => Buffer.from(String(text), 'base64'));
  expect(texts.some((bytes) => bytes.includes('sk-canary'))).toBe(false);
  expect(JSON.stringify(found?.data)).not.toContain('sk-canary');
});

test('with another wrapping key nothing is read, and the error quotes nothing', async () => {
  const { documents, vault } = await open();
  await vault.put('mesh-provider-key-a', 'sk-one');
  const other = createSealedSecrets(documents, randomBytes(WRAPPING_KEY_BYTES));
  await expect(other.get('mesh-provider-key-a')).rejects.toThrow(/^A sealed secret cannot be opened\.$/);
});
