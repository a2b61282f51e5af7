import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { WRAPPING_KEY_BYTES } from '../../core/seal/envelope.ts';
import type { Documents } from '../../core/store/documents.ts';
import { createSealedSecrets } from '../../platform/secrets/sealed-secrets.ts';
import type { SecretVault } from '../../platform/secrets/secret-vault.ts';
import type { Config } from './config.ts';
import { keepInPrivateFile } from './private-file.ts';

/** In the folder of the database, not in it: whoever has one of them alone has no owner's key. */
const FILE = 'wrapping-key.json';

/** Owners' secrets where there is no Secret Manager: sealed in the store by a key in a file, made at the first start. */
export async function openVault(store: Config['store'], documents: Documents): Promise<SecretVault> {
  return createSealedSecrets(documents, await loadWrappingKey(store));
}

async function loadWrappingKey(store: Config['store']): Promise<Uint8Array> {
  const make = () => ({ wrapping_key: randomBytes(WRAPPING_KEY_BYTES).toString('base64') });
  // What it sealed ends with the process.
  if (store.kind === 'sqlite' && store.path === ':memory:') return parse('memory', make());
  const path = join(store.kind === 'sqlite' ? dirname(store.path) : '.mesh', FILE);
  // A file that holds no key is not replaced: what was sealed with it would be lost.
  const read = (text: string) => {
    const content = readJson(path, text);
    parse(path, content);
    return content;
  };
  return parse(path, await keepInPrivateFile({ path, parse: read, make }, randomBytes));
}

function parse(path: string, { wrapping_key }: { wrapping_key?: string }): Uint8Array {
  const bytes = Buffer.from(String(wrapping_key ?? ''), 'base64');
  if (bytes.length !== WRAPPING_KEY_BYTES) throw new Error(`${path} holds no wrapping key.`);
  return bytes;
}

function readJson(path: string, text: string): { wrapping_key: string } {
  try {
    return JSON.parse(text) as { wrapping_key: string };
  } catch {
    throw new Error(`${path} is damaged.`);
  }
}
