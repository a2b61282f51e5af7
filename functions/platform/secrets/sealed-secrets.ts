import { openEnvelope, sealEnvelope } from '../../core/seal/envelope.ts';
import { documentId } from '../../core/store/document-id.ts';
import type { Documents } from '../../core/store/documents.ts';
import type { SecretVault } from './secret-vault.ts';

/** `sealed_secrets/{name}`: an owner's secret, sealed by a key that is not in the store. */
export const SEALED_SECRETS = 'sealed_secrets';
/** A name is written once. */
const ONLY_VERSION = '1';

/** Secrets in the store of documents, for where there is no Secret Manager. `wrappingKey` lies elsewhere. */
export function createSealedSecrets(
  documents: Pick<Documents, 'get' | 'commit'>,
  wrappingKey: Uint8Array,
): SecretVault {
  return {
    async get(name) {
      const found = await documents.get(SEALED_SECRETS, documentId(name));
      if (found === null) return null;
      const { wrapped_key, sealed } = found.data;
      const envelope = { wrappedKey: String(wrapped_key), sealed: String(sealed) };
      return { value: openEnvelope(wrappingKey, name, envelope), version: ONLY_VERSION };
    },
    async put(name, value) {
      const { wrappedKey, sealed } = sealEnvelope(wrappingKey, name, value);
      const data = { wrapped_key: wrappedKey, sealed };
      await documents.commit([
        { kind: 'set', collection: SEALED_SECRETS, id: documentId(name), data, expect: 'absent' },
      ]);
    },
    async destroy(name) {
      await documents.commit([{ kind: 'delete', collection: SEALED_SECRETS, id: documentId(name), expect: 'any' }]);
    },
    async close() {},
  };
}
