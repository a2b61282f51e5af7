import { randomBytes } from 'node:crypto';
import { hashKey, KEY_BYTES, KEYS, makeKey, maskKey } from '../../../functions/core/keys.ts';
import { createLedger } from '../../../functions/core/ledger/ledger.ts';
import { newOwner, OWNERS } from '../../../functions/core/ledger/owners.ts';
import { NANOS_PER_UNIT } from '../../../functions/core/money/money.ts';
import { documentId } from '../../../functions/core/store/document-id.ts';
import type { Write } from '../../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../../functions/platform/documents/sqlite-documents.ts';
import type { MeshSite } from './variants.ts';

export interface Population {
  owners: number;
  keysPerOwner: number;
  /** How many of the owners have money and are to spend it. */
  active: number;
}

const FUNDS = 1_000_000n * NANOS_PER_UNIT;
/** High enough to be counted and never reached. */
const RATE_LIMIT = 1_000_000_000n;
/** Writes of one commit. */
const BATCH = 1_000;

/** Fills the store of a router that is not running; the keys of active owners, one of each owner after another. */
export async function seedStore(site: MeshSite, { owners, keysPerOwner, active }: Population): Promise<string[]> {
  const documents = await openSqliteDocuments(site.storePath);
  const ledger = createLedger({ documents, now: Date.now });
  const limits = { rpm_limit: RATE_LIMIT, rpd_limit: RATE_LIMIT, tpm_limit: RATE_LIMIT };
  const keys: string[] = [];
  let writes: Write[] = [];
  for (let turn = 0; turn < keysPerOwner; turn++) {
    for (let owner = 0; owner < owners; owner++) {
      const ownerId = `own_bench_${owner}`;
      const created_at = new Date();
      const key = makeKey('rsk', randomBytes(KEY_BYTES));
      const named = { key_id: `key_bench_${owner}_${turn}`, owner_id: ownerId, status: 'active', masked: maskKey(key) };
      if (turn === 0) {
        const data = newOwner(ownerId, 'USD', created_at, {});
        writes.push({ kind: 'set', collection: OWNERS, id: documentId(ownerId), data, expect: 'absent' });
      }
      const data = { ...named, created_at, ...limits };
      writes.push({ kind: 'set', collection: KEYS, id: hashKey(key), data, expect: 'absent' });
      if (owner < active) keys.push(key);
      if (writes.length >= BATCH) {
        await documents.commit(writes);
        writes = [];
      }
    }
  }
  if (writes.length > 0) await documents.commit(writes);
  for (let owner = 0; owner < active; owner++) {
    await ledger.topup({
      ownerId: `own_bench_${owner}`,
      amount: FUNDS,
      currency: 'USD',
      reference: 'bench',
      confirmed: true,
    });
  }
  await documents.close();
  return keys;
}
