import { ENTRIES, signedAmount, toEntry } from '../ledger/entries.ts';
import { HOLDS } from '../ledger/holds.ts';
import { OWNERS, toOwnerBalance } from '../ledger/owners.ts';
import { SPENDING, toSpending } from '../ledger/spending.ts';
import type { Nanos } from '../money/money.ts';
import { toNanos } from '../money/to-nanos.ts';
import type { Document, Documents, Filter } from '../store/documents.ts';
import { everyDocument } from '../store/every-document.ts';
import { LEASES, type StoredLease, toLease } from './lease-store.ts';

/** One owner whose books are wrong: what was found, in nanos of the owner's currency. */
export interface LedgerFault {
  ownerId: string;
  message: string;
}

export interface LedgerReport {
  owners: number;
  faults: LedgerFault[];
}

/** An owner who is being charged while the books are read is read again, this many times at most. */
const MAX_READS = 5;

/**
 * The invariant, for every owner:
 *
 *     topups + adjustments + refunds − charges − overages = available + Σ open leases (granted − spent)
 *     leased = Σ open leases' granted        no hold is more than what its lease has left
 *     what a key (and an owner) has spent or set aside = its charges + Σ its open leases (granted − spent)
 *
 * and nothing is negative. Safe to run while requests are served.
 */
export async function checkLedger(documents: Documents): Promise<LedgerReport> {
  const report: LedgerReport = { owners: 0, faults: [] };
  for await (const owner of everyDocument(documents, OWNERS, 'owner_id')) {
    report.owners++;
    const message = await checkOwner(documents, owner).catch(unreadable);
    if (message !== null) report.faults.push({ ownerId: String(owner.data.owner_id), message });
  }
  return report;
}

/** What is damaged is a fault of its owner, and keeps nobody from looking at the others. What the store throws is no fault. */
function unreadable(error: unknown): string {
  if (error instanceof TypeError) return `its documents cannot be read: ${error.message}`;
  throw error;
}

async function checkOwner(documents: Documents, first: Document): Promise<string | null> {
  let owner = first;
  for (let read = 1; read <= MAX_READS; read++) {
    const ownerId = String(owner.data.owner_id);
    const leases = await openLeases(documents, ownerId);
    const message = await compare(documents, owner, leases);
    const after = await documents.get(OWNERS, owner.id);
    if (after === null) return 'The owner was deleted while the books were read.';
    const leasesAfter = await openLeases(documents, ownerId);
    if (after.version === owner.version && versionsOf(leases) === versionsOf(leasesAfter)) return message;
    owner = after;
  }
  return null;
}

async function openLeases(documents: Documents, ownerId: string): Promise<StoredLease[]> {
  const leases: StoredLease[] = [];
  for await (const document of everyDocument(documents, LEASES, 'lease_id', ofOwner(ownerId))) {
    const lease = toLease(document);
    if (lease.open) leases.push(lease);
  }
  return leases;
}

function versionsOf(leases: readonly StoredLease[]): string {
  return leases.map(({ leaseId, version }) => `${leaseId}@${version}`).join();
}

async function compare(documents: Documents, owner: Document, leases: readonly StoredLease[]): Promise<string | null> {
  const { ownerId, available, leased } = toOwnerBalance(owner);
  let booked: Nanos = 0n;
  const used = new Map<string, Nanos>();
  const use = (keyId: string, amount: Nanos) => {
    used.set(keyId, (used.get(keyId) ?? 0n) + amount);
    used.set('', (used.get('') ?? 0n) + amount);
  };
  for await (const document of everyDocument(documents, ENTRIES, 'entry_id', ofOwner(ownerId))) {
    const entry = toEntry(document);
    booked += signedAmount(entry);
    if (document.data.key_id !== undefined) use(String(document.data.key_id), -signedAmount(entry));
  }
  let granted: Nanos = 0n;
  let unspent: Nanos = 0n;
  const left = new Map<string, Nanos>();
  for (const lease of leases) {
    granted += lease.granted;
    unspent += lease.granted - lease.spent;
    use(lease.keyId, lease.granted - lease.spent);
    left.set(lease.leaseId, lease.granted - lease.spent);
  }
  for await (const { data } of everyDocument(documents, HOLDS, 'request_id', ofOwner(ownerId))) {
    const before = left.get(String(data.lease_id));
    // A hold of a lease that was closed holds nothing any more; the sweep takes it away.
    if (before !== undefined) left.set(String(data.lease_id), before - toNanos(data.amount));
  }
  const faults: string[] = [];
  if (available < 0n || leased < 0n) faults.push(`available ${available} or leased ${leased} is negative`);
  if (leased !== granted) faults.push(`leased ${leased}, but open leases were granted ${granted}`);
  if (booked !== available + unspent) {
    faults.push(`entries add up to ${booked}, but available + unspent leases is ${available + unspent}`);
  }
  for (const [leaseId, amount] of left) {
    if (amount < 0n) faults.push(`${leaseId} has spent or holds ${-amount} more than it was granted`);
  }
  const counted = toSpending(owner.data.spending).total;
  if (counted !== (used.get('') ?? 0n)) faults.push(`its caps count ${counted}, but ${used.get('') ?? 0n} is used`);
  used.delete('');
  for await (const { data } of everyDocument(documents, SPENDING, 'key_id', ofOwner(ownerId))) {
    const keyId = String(data.key_id);
    const { total, daily, monthly } = toSpending(data.spending);
    if (total !== (used.get(keyId) ?? 0n))
      faults.push(`caps of ${keyId} count ${total}, but ${used.get(keyId) ?? 0n} is used`);
    if (daily < 0n || monthly < 0n) faults.push(`a window of ${keyId} is negative`);
    used.delete(keyId);
  }
  for (const [keyId, amount] of used) if (amount !== 0n) faults.push(`caps of ${keyId} do not count ${amount}`);
  return faults.length === 0 ? null : faults.join('; ');
}

function ofOwner(ownerId: string): Filter {
  return { field: 'owner_id', op: '==', value: ownerId };
}
