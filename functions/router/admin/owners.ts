import { z } from 'zod';
import { documentId } from '../../core/document-id.ts';
import { type Document, MAX_QUERY_DOCUMENTS } from '../../core/documents.ts';
import { MeshError } from '../../core/errors.ts';
import { OWNERS, toOwnerBalance } from '../../core/ledger.ts';
import { currencies, formatAmount, parseAmount } from '../../core/money.ts';
import type { Call } from '../call.ts';
import { parseBody } from '../parse-body.ts';
import type { Router } from '../router.ts';
import type { Reply } from '../routes.ts';
import { recordChange } from './record-change.ts';

const MAX_NAME = 256;
/** What a reference may look like: it becomes part of an id. */
const reference = z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/);

export const ownerBody = z.strictObject({
  name: z.string().min(1).max(MAX_NAME),
  currency: z.enum(currencies).default('USD'),
});

export const topupBody = z.strictObject({
  /** Decimal string in the owner's currency. */
  amount: z.string(),
  currency: z.enum(currencies),
  /** The topup's name in the caller's own books: the same one adds the money once. */
  reference,
});

export async function createOwner(call: Call, router: Router): Promise<Reply> {
  const { name, currency } = await parseBody(call, ownerBody);
  const ownerId = router.mintId('own');
  const data = { owner_id: ownerId, name, currency, available: 0n, leased: 0n, created_at: new Date(call.arrivedAt) };
  const id = documentId(ownerId);
  await router.documents.commit([
    { kind: 'set', collection: OWNERS, id, data, expect: 'absent' },
    recordChange(call, 'owner.create', { owner_id: ownerId }),
  ]);
  return { status: 201, body: encodeOwner({ id, version: '', data }) };
}

export async function listOwners(_call: Call, router: Router): Promise<Reply> {
  const owners = await router.documents.query({
    collection: OWNERS,
    orderBy: { field: 'owner_id', direction: 'asc' },
    limit: MAX_QUERY_DOCUMENTS,
  });
  return { status: 200, body: owners.map(encodeOwner) };
}

export async function getOwner(_call: Call, router: Router, ownerId: string): Promise<Reply> {
  return { status: 200, body: encodeOwner(await findOwner(router, ownerId)) };
}

export async function topUp(call: Call, router: Router, ownerId: string): Promise<Reply> {
  const { amount, currency, reference } = await parseBody(call, topupBody);
  const entry = await router.ledger.topup({ ownerId, amount: parseAmount(amount, 'amount'), currency, reference });
  return {
    status: 201,
    body: {
      id: entry.id,
      owner_id: entry.ownerId,
      kind: entry.kind,
      amount: formatAmount(entry.amount),
      currency: entry.currency,
      reference,
      created_at: entry.createdAt.toISOString(),
    },
  };
}

export async function findOwner(router: Router, ownerId: string): Promise<Document> {
  const owner = await router.documents.get(OWNERS, documentId(ownerId));
  if (owner === null) throw new MeshError('not_found', { message: 'There is no such owner.' });
  return owner;
}

function encodeOwner(owner: Document) {
  const { ownerId, currency, available, leased } = toOwnerBalance(owner);
  return {
    id: ownerId,
    name: owner.data.name,
    currency,
    balance: formatAmount(available + leased),
    available: formatAmount(available),
    reserved: formatAmount(leased),
    created_at: (owner.data.created_at as Date).toISOString(),
  };
}
