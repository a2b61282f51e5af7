import { hashKey, KEY_BYTES, KEYS, keyKind, makeKey, maskKey } from '../../core/keys.ts';
import type { Ledger } from '../../core/ledger/ledger.ts';
import { newOwner, OWNERS } from '../../core/ledger/owners.ts';
import { NANOS_PER_UNIT } from '../../core/money/money.ts';
import { documentId } from '../../core/store/document-id.ts';
import type { Documents } from '../../core/store/documents.ts';
import { keepInPrivateFile } from './private-file.ts';

export const DEMO_OWNER = 'own_demo';
const DEMO_KEY_ID = 'key_demo';
const DEMO_BALANCE = 1n * NANOS_PER_UNIT;

/** The keys of a local start, in clear: the one place where keys are kept, readable by nobody else on the machine. */
export interface DemoKeys {
  inference: string;
  admin: string;
}

/** The keys in a file, minted at the first start so that later starts can show them again. */
export function loadDemoKeys(path: string, random: (bytes: number) => Uint8Array): Promise<DemoKeys> {
  const make = () => ({ inference: makeKey('rsk', random(KEY_BYTES)), admin: makeKey('mak', random(KEY_BYTES)) });
  return keepInPrivateFile({ path, parse: parseDemoKeys, make }, random);
}

/** Null where they are not ours. */
function parseDemoKeys(text: string): DemoKeys | null {
  try {
    const { inference, admin } = JSON.parse(text) as Partial<DemoKeys>;
    return keyKind(inference ?? '') === 'rsk' && keyKind(admin ?? '') === 'mak'
      ? ({ inference, admin } as DemoKeys)
      : null;
  } catch {
    return null;
  }
}

/** Puts the demo owner, a dollar, and the demo key into the store, each unless it is there. */
export async function seedDemo(documents: Documents, ledger: Ledger, inferenceKey: string, now: number): Promise<void> {
  const createdAt = new Date(now);
  await documents.transaction(async (tx) => {
    const id = documentId(DEMO_OWNER);
    const hash = hashKey(inferenceKey);
    const owner = await tx.get(OWNERS, id);
    const key = await tx.get(KEYS, hash);
    if (owner === null) {
      const data = newOwner(DEMO_OWNER, 'USD', createdAt, { name: 'Demo' });
      tx.write({ kind: 'set', collection: OWNERS, id, data, expect: 'absent' });
    }
    if (key === null) {
      const data = {
        key_id: DEMO_KEY_ID,
        owner_id: DEMO_OWNER,
        label: 'demo',
        status: 'active',
        masked: maskKey(inferenceKey),
        created_at: createdAt,
      };
      tx.write({ kind: 'set', collection: KEYS, id: hash, data, expect: 'absent' });
    }
  });
  await ledger.topup({ ownerId: DEMO_OWNER, amount: DEMO_BALANCE, currency: 'USD', reference: 'demo' });
}
