import { expect } from '@jest/globals';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { LEASES } from '../../functions/core/leases/lease-store.ts';
import { ENTRIES, signedAmount, toEntry } from '../../functions/core/ledger/entries.ts';
import { OUTBOX } from '../../functions/core/ledger/outbox.ts';
import { OWNERS, toOwnerBalance } from '../../functions/core/ledger/owners.ts';
import { ROLLUPS, toRollup } from '../../functions/core/ledger/rollups.ts';
import type { Documents, Write } from '../../functions/core/store/documents.ts';
import { decodeDocument } from '../../functions/platform/documents/encode-document.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { countUsage } from '../../functions/usage/count-usage.ts';
import { silentLog } from './memory-log.ts';
import before from './store-of-before.json' with { type: 'json' };
import { uncountedCharges } from './uncounted-charges.ts';

/**
 * A store as the version of 2026-11-28, 11:40 UTC left it (`bafd4fd`, the last one whose requests held money by documents of their own),
 * written by its own code: two owners, four keys, charges that are counted, told of and neither, a refund, and requests under
 * way in open leases when its process died.
 */
export { before };

/** Ten minutes after that: its leases have expired, its messages are late. Unix milliseconds. */
const LATER = before.now + 600_000;
const SWEEP_EVERY_MS = 60_000;
/** Until a lease that was closed by a sweep has been told of, counted and taken away. */
const SWEEPS = 6;

/** All of it, into a store that is empty. */
export const writesOfBefore = before.documents.map(({ collection, id, data }) => {
  return { kind: 'set', collection, id, data: decodeDocument(data), expect: 'absent' } as const;
});

const entriesBefore = writesOfBefore
  .filter(({ collection }) => collection === ENTRIES)
  .map(({ id, data }) => toEntry({ id, version: '', data }));

/** Thrown where the process that brings a store over is stopped. */
class Stopped extends Error {}

/**
 * The store at a time, in a process that is stopped before it writes for the n-th time, for good. As few calls as that reach the
 * store at all.
 */
function stoppedBefore(n: number, documents: Documents, now: () => number): Documents {
  let writes = 0;
  const mayWrite = () => {
    if (writes >= n) throw new Stopped();
    writes++;
  };
  return {
    place: documents.place,
    get: (collection, id) => documents.get(collection, id),
    query: (query) => documents.query(query),
    listen: () => () => {},
    async transaction(body) {
      mayWrite();
      return documents.transaction(body);
    },
    async commit(writes: readonly Write[]) {
      mayWrite();
      return documents.commit(writes);
    },
    now: async () => now(),
    close: async () => {},
  };
}

/** What every sweep and consumer of this version does with it. Returns whether it went to its end. */
async function bringOver(documents: Documents, stopBefore: number): Promise<boolean> {
  let now = LATER;
  const ours = stoppedBefore(stopBefore, documents, () => now);
  let stopped = false;
  const events = {
    publish: async (topic: string, { data }: { data: unknown }) => {
      if (topic === 'usage') await countUsage(ours, data, () => 0);
    },
    close: async () => {},
  };
  for (let n = 0; n < SWEEPS && !stopped; n++) {
    const report = await sweep({ documents: ours, events, log: silentLog }).catch((error) => {
      if (error instanceof Stopped) return null;
      throw error;
    });
    stopped = report === null || report.failed > 0;
    now += SWEEP_EVERY_MS;
  }
  return !stopped;
}

/**
 * Brings a store over in one go, or by a process that stops before its n-th write and another after it. Nothing may be lost. Returns
 * whether the first one went to its end.
 */
export async function expectBroughtOver(documents: Documents, stopBefore: number): Promise<boolean> {
  await expectBooks(documents);
  const isThrough = await bringOver(documents, stopBefore);
  if (!isThrough) {
    await expectBooks(documents);
    expect(await bringOver(documents, Number.POSITIVE_INFINITY)).toBe(true);
  }
  await expectBooks(documents);
  await expectNothingLeft(documents);
  return isThrough;
}

/** Every line is there with its money, and each owner has what its lines say. */
async function expectBooks(documents: Documents): Promise<void> {
  expect((await checkLedger(documents)).faults).toEqual([]);
  const entries = (await documents.query({ collection: ENTRIES })).map(toEntry);
  expect(entries.sort(byId)).toEqual([...entriesBefore].sort(byId));
}

/** No hold, no note, no lease that runs; what was set aside is back; all charges are counted, and say both currencies. */
async function expectNothingLeft(documents: Documents): Promise<void> {
  for (const collection of ['holds', OUTBOX]) expect(await documents.query({ collection })).toEqual([]);
  const leases = await documents.query({ collection: LEASES });
  expect(leases.filter(({ data }) => data.status === 'open')).toEqual([]);
  expect(await uncountedCharges(documents)).toEqual([]);
  const rollups = (await documents.query({ collection: ROLLUPS })).map(toRollup);
  for (const owner of (await documents.query({ collection: OWNERS })).map(toOwnerBalance)) {
    const own = entriesBefore.filter(({ ownerId }) => ownerId === owner.ownerId);
    const available = own.reduce((sum, entry) => sum + signedAmount(entry), 0n);
    expect(owner).toMatchObject({ available, leased: 0n });
    const charged = own.filter(({ kind }) => kind === 'charge' || kind === 'overage');
    const counted = rollups.filter(({ ownerId, grain }) => ownerId === owner.ownerId && grain === 'day');
    expect(sumOf(counted)).toBe(sumOf(charged));
  }
  const charges = (await documents.query({ collection: ENTRIES })).filter(({ data }) => data.kind === 'charge');
  for (const { data } of charges) expect([typeof data.usd, typeof data.inr]).toEqual(['bigint', 'bigint']);
}

function sumOf(lines: readonly { amount: bigint }[]): bigint {
  return lines.reduce((sum, { amount }) => sum + amount, 0n);
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}
