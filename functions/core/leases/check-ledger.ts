import { firstWholeDay } from '../ledger/charge-life.ts';
import { ENTRIES, signedAmount, toEntry } from '../ledger/entries.ts';
import { OWNERS, toOwnerBalance } from '../ledger/owners.ts';
import { SPENDING, toSpending } from '../ledger/spending.ts';
import type { Nanos } from '../money/money.ts';
import type { Document, Documents, Filter } from '../store/documents.ts';
import { collect, everyDocument } from '../store/every-document.ts';
import { type Charged, faultsOfLease, noteCharge } from './faults-of-lease.ts';
import { LEASES, toLease } from './lease-store.ts';
import { OldCharges } from './old-charges.ts';

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
 *     leased = Σ open leases' granted
 *     what a key (and an owner) has spent or set aside = its charges + Σ its open leases (granted − spent)
 *
 * and of every lease that is still there:
 *
 *     spent = its entries       posts = how many of them it numbered: 1, 2, 3 …, none missing, none twice
 *     held ≤ granted − spent    nothing is held where nothing runs
 *
 * and nothing is negative. Lines of charges are kept for a time only; of days whose lines may have gone, rollups say what was
 * charged (`OldCharges`), and the leases of then are not looked at line by line. Safe to run while requests are served.
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
    const leases = await leasesOf(documents, ownerId);
    const message = await compare(documents, owner, leases);
    const after = await documents.get(OWNERS, owner.id);
    if (after === null) return 'The owner was deleted while the books were read.';
    const leasesAfter = await leasesOf(documents, ownerId);
    if (after.version === owner.version && versionsOf(leases) === versionsOf(leasesAfter)) return message;
    owner = after;
  }
  return null;
}

async function leasesOf(documents: Documents, ownerId: string): Promise<Document[]> {
  return collect(everyDocument(documents, LEASES, 'lease_id', ofOwner(ownerId)));
}

function versionsOf(leases: readonly Document[]): string {
  return leases.map(({ id, version }) => `${id}@${version}`).join();
}

async function compare(documents: Documents, owner: Document, leases: readonly Document[]): Promise<string | null> {
  const { ownerId, available, leased } = toOwnerBalance(owner);
  let booked: Nanos = 0n;
  const used = new Map<string, Nanos>();
  const use = (keyId: string, amount: Nanos) => {
    used.set(keyId, (used.get(keyId) ?? 0n) + amount);
    used.set('', (used.get('') ?? 0n) + amount);
  };
  const charges = new Map<string, Charged[]>();
  const since = firstWholeDay(await documents.now());
  const old = new OldCharges(since);
  for await (const document of everyDocument(documents, ENTRIES, 'entry_id', ofOwner(ownerId))) {
    noteCharge(charges, document);
    if (old.take(document)) continue;
    const entry = toEntry(document);
    booked += signedAmount(entry);
    if (document.data.key_id !== undefined) use(String(document.data.key_id), -signedAmount(entry));
  }
  for (const [keyId, amount] of await old.byKey(documents, ofOwner(ownerId))) {
    booked -= amount;
    use(keyId, amount);
  }
  const faults: string[] = [];
  let granted: Nanos = 0n;
  let unspent: Nanos = 0n;
  for (const document of leases) {
    const lease = toLease(document);
    const isOld = document.data.opened_at instanceof Date && document.data.opened_at.getTime() < since;
    if (!isOld) faults.push(...faultsOfLease(document, charges.get(lease.leaseId) ?? []));
    if (!lease.open) continue;
    granted += lease.granted;
    unspent += lease.granted - lease.spent;
    use(lease.keyId, lease.granted - lease.spent);
  }
  if (available < 0n || leased < 0n) faults.push(`available ${available} or leased ${leased} is negative`);
  if (leased !== granted) faults.push(`leased ${leased}, but open leases were granted ${granted}`);
  if (booked !== available + unspent) {
    faults.push(`entries add up to ${booked}, but available + unspent leases is ${available + unspent}`);
  }
  const counted = toSpending(owner.data.spending).total;
  if (counted !== (used.get('') ?? 0n)) faults.push(`its caps count ${counted}, but ${used.get('') ?? 0n} is used`);
  used.delete('');
  for await (const { data } of everyDocument(documents, SPENDING, 'key_id', ofOwner(ownerId))) {
    const keyId = String(data.key_id);
    const { total, daily, weekly, monthly } = toSpending(data.spending);
    if (total !== (used.get(keyId) ?? 0n))
      faults.push(`caps of ${keyId} count ${total}, but ${used.get(keyId) ?? 0n} is used`);
    if (daily < 0n || weekly < 0n || monthly < 0n) faults.push(`a window of ${keyId} is negative`);
    used.delete(keyId);
  }
  for (const [keyId, amount] of used) if (amount !== 0n) faults.push(`caps of ${keyId} do not count ${amount}`);
  return faults.length === 0 ? null : faults.join('; ');
}

function ofOwner(ownerId: string): Filter {
  return { field: 'owner_id', op: '==', value: ownerId };
}
