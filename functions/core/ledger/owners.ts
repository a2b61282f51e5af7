import { MeshError } from '../errors.ts';
import type { Currency, Nanos } from '../money/money.ts';
import { toNanos } from '../money/to-nanos.ts';
import { documentId } from '../store/document-id.ts';
import type { Document, Fields, Transaction } from '../store/documents.ts';
import { fromSpending, type Spending, toSpending } from './spending.ts';

export const OWNERS = 'owners';

/** An owner's money. */
export interface OwnerBalance {
  ownerId: string;
  currency: Currency;
  /** What may be leased. */
  available: Nanos;
  /** What open leases were granted, whether they have spent it or not. */
  leased: Nanos;
}

export interface StoredOwner extends OwnerBalance {
  spending: Spending;
  document: Document;
}

/** The fields of a new owner's document; `more` are its settings. */
export function newOwner(ownerId: string, currency: Currency, createdAt: Date, more: Fields): Fields {
  const found = typeof more.name === 'string' ? { name_key: nameKey(more.name, ownerId) } : {};
  return { owner_id: ownerId, currency, available: 0n, leased: 0n, created_at: createdAt, ...found, ...more };
}

/** Of a name, what owners are found by: a store looks at the first 1,500 bytes of a text. */
const MAX_FOUND_BY = 100;

/** A name as it is looked for: whatever its case and its forms of letters. */
export function foldName(name: string): string {
  return [...name.normalize('NFKC').toLowerCase()].slice(0, MAX_FOUND_BY).join('');
}

/** What owners are found and listed by, for each another one: the field `name_key`. Whoever changes a name changes it too. */
export function nameKey(name: string, ownerId: string): string {
  return `${foldName(name)}|${ownerId}`;
}

export function toOwnerBalance({ data }: Document): OwnerBalance {
  const { owner_id, currency, available, leased } = data;
  return {
    ownerId: String(owner_id),
    currency: currency as Currency,
    available: toNanos(available),
    leased: toNanos(leased),
  };
}

/** Throws `not_found` where there is no such owner. */
export async function readOwner(tx: Transaction, ownerId: string): Promise<StoredOwner> {
  const document = await tx.get(OWNERS, documentId(ownerId));
  if (document === null) throw new MeshError('not_found', { message: 'There is no such owner.' });
  return { ...toOwnerBalance(document), spending: toSpending(document.data.spending), document };
}

export interface OwnerMoney {
  available: Nanos;
  leased: Nanos;
  spending?: Spending;
}

/** Writes an owner's money as read in the same transaction; nothing of it may ever be negative. */
export function writeOwner(tx: Transaction, { document }: StoredOwner, money: OwnerMoney, more: Fields = {}): void {
  const { available, leased, spending } = money;
  if (available < 0n || leased < 0n) throw new RangeError('A balance would become negative.');
  const data = {
    ...document.data,
    ...more,
    available,
    leased,
    ...(spending === undefined ? {} : { spending: fromSpending(spending) }),
  };
  tx.write({ kind: 'set', collection: OWNERS, id: document.id, data, expect: { version: document.version } });
}
