import { z } from 'zod';
import type { Entry } from '../../../core/ledger/entries.ts';
import { foldName, nameKey, newOwner, OWNERS, toOwnerBalance } from '../../../core/ledger/owners.ts';
import { lowBelow } from '../../../core/ledger/spend-alerts.ts';
import { type Currency, currencies, formatAmount, parseAmount } from '../../../core/money/money.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Document, Fields } from '../../../core/store/documents.ts';
import { changeDocument, makeDocument } from '../../access/change-document.ts';
import { findOwner } from '../../access/find-owner.ts';
import { recordChange } from '../../access/record-change.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { type Standing, standingOf, standingsOf } from '../balance/standing.ts';
import { encodeLimits, limitSettings, refuseCapSlips, toLimitFields } from '../limits/limit-fields.ts';
import { LAST_TEXT, listPage, pageFields } from '../pages/list-page.ts';
import { ownerReply } from './reply-schemas.ts';

const MAX_NAME = 256;
const MAX_REASON = 1_024;
/** What a reference may look like: it becomes part of an id. */
const reference = z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/);
const reason = z.string().min(1).max(MAX_REASON);

/** What may be changed of an owner. Absent fields stay, null clears. */
const settings = {
  ...limitSettings,
  /** A balance below this is told of; null for a tenth of the last topup. */
  low_balance: z.string().nullish(),
  /** Where the data of all its keys may go; null for anywhere. */
  allowed_regions: z.array(z.string().min(1).max(MAX_NAME)).max(MAX_NAME).nullish(),
};

export const ownerBody = z.strictObject({
  name: z.string().min(1).max(MAX_NAME),
  currency: z.enum(currencies).default('USD'),
  ...settings,
});

export const ownerPatch = z.strictObject({ name: z.string().min(1).max(MAX_NAME).optional(), ...settings });

const money = {
  /** Decimal string in the owner's currency. */
  amount: z.string(),
  currency: z.enum(currencies),
  /** The act's name in the caller's own books: the same one is carried out once. */
  reference,
  /** That it is meant, though it is a thousand times more than the last topup. */
  confirm: z.boolean().optional(),
};
export const topupBody = z.strictObject({ ...money, reason: reason.optional() });
/** The amount may be negative here. */
export const adjustmentBody = z.strictObject({ ...money, reason });
export const refundBody = z.strictObject({
  /** The request whose charge is given back. */
  request_id: z.string().min(1).max(MAX_NAME),
  /** Absent for all that is left of the charge. */
  amount: z.string().optional(),
  reference,
  reason,
});

export async function createOwner(call: Call, services: Services): Promise<Reply> {
  const { name, currency, ...rest } = await parseBody(call, ownerBody);
  const ownerId = services.mintId('own');
  const settings = toConfirmedSettings(rest, {}, currency);
  const data = newOwner(ownerId, currency, new Date(services.now()), { name, ...settings });
  const record = recordChange(call, services, 'owner.create', { owner_id: ownerId });
  await makeDocument(services, { collection: OWNERS, id: documentId(ownerId), record, data });
  return { status: 201, body: await describeOwner(services, ownerId) };
}

export const ownersQuery = z.object({
  q: z.string().max(MAX_NAME).optional().describe('What a name begins with, whatever its case, or an id.'),
  ...pageFields,
});

/** All owners, or those that are looked for: then in the order of their names. */
export async function listOwners(call: Call, services: Services): Promise<Reply> {
  const { documents } = services;
  const words = call.query.get('q')?.trim() ?? '';
  const [field, start] = words.startsWith('own_') ? ['owner_id', words] : ['name_key', foldName(words)];
  return listPage(call, documents, {
    collection: OWNERS,
    field: words === '' ? 'owner_id' : field,
    id: 'owner_id',
    where:
      words === ''
        ? []
        : [
            { field, op: '>=', value: start },
            { field, op: '<', value: start + LAST_TEXT },
          ],
    row: ownerReply,
    encoder: async (owners) => {
      // Leases are found between the first id and the last.
      const byId = owners.toSorted((a, b) => (String(a.data.owner_id) < String(b.data.owner_id) ? -1 : 1));
      const standingIn = await standingsOf(documents, byId);
      return (owner) => encodeOwner(owner, standingIn(owner));
    },
  });
}

export async function getOwner(_call: Call, services: Services, ownerId: string): Promise<Reply> {
  return { status: 200, body: await describeOwner(services, ownerId) };
}

/** Changes settings, never money: that changes beside it all the time, so only the named fields are written. */
export async function patchOwner(call: Call, services: Services, ownerId: string): Promise<Reply> {
  const { name, ...rest } = await parseBody(call, ownerPatch);
  const owner = await findOwner(services, ownerId);
  const settings = toConfirmedSettings(rest, owner.data, toOwnerBalance(owner).currency);
  const data = { ...(name === undefined ? {} : { name, name_key: nameKey(name, ownerId) }), ...settings };
  const record = recordChange(call, services, 'owner.update', { owner_id: ownerId });
  await changeDocument(services, { collection: OWNERS, id: owner.id, record, decide: () => data });
  return getOwner(call, services, ownerId);
}

export async function topUp(call: Call, services: Services, ownerId: string): Promise<Reply> {
  const { amount, reason = null, confirm = false, ...rest } = await parseBody(call, topupBody);
  const topup = { ...rest, reason, ownerId, amount: parseAmount(amount, 'amount'), confirmed: confirm };
  return entered(await services.ledger.topup(topup, audit(call, services, 'owner.topup', ownerId)));
}

export async function adjust(call: Call, services: Services, ownerId: string): Promise<Reply> {
  const { amount, confirm = false, ...rest } = await parseBody(call, adjustmentBody);
  const isNegative = amount.startsWith('-');
  const magnitude = parseAmount(isNegative ? amount.slice(1) : amount, 'amount');
  const adjustment = { ...rest, ownerId, amount: isNegative ? -magnitude : magnitude, confirmed: confirm };
  return entered(await services.ledger.adjust(adjustment, audit(call, services, 'owner.adjust', ownerId)));
}

export async function refund(call: Call, services: Services, ownerId: string): Promise<Reply> {
  const { request_id, amount, ...rest } = await parseBody(call, refundBody);
  const given = amount === undefined ? null : parseAmount(amount, 'amount');
  const entry = await services.ledger.refund(
    { ...rest, ownerId, requestId: request_id, amount: given },
    audit(call, services, 'owner.refund', ownerId),
  );
  return entered(entry);
}

function audit(call: Call, services: Services, act: string, ownerId: string) {
  return recordChange(call, services, act, { owner_id: ownerId });
}

function entered(entry: Entry): Reply {
  return {
    status: 201,
    body: {
      id: entry.id,
      owner_id: entry.ownerId,
      kind: entry.kind,
      amount: formatAmount(entry.amount),
      currency: entry.currency,
      reference: entry.reference,
      reason: entry.reason,
      created_at: entry.createdAt.toISOString(),
    },
  };
}

type Settings = Omit<z.infer<typeof ownerPatch>, 'name'>;

/** Settings as they are stored, seen what was there `before`. Throws `confirmation_required`. */
function toConfirmedSettings(settings: Settings, before: Fields, currency: Currency): Fields {
  const fields = toSettings(settings);
  if (settings.confirm !== true) refuseCapSlips(fields, before, currency);
  return fields;
}

function toSettings({ low_balance, allowed_regions, ...limits }: Settings): Fields {
  const low =
    low_balance === undefined
      ? {}
      : { low_balance: low_balance === null ? null : parseAmount(low_balance, 'low_balance') };
  return { ...toLimitFields(limits), ...low, ...(allowed_regions === undefined ? {} : { allowed_regions }) };
}

/** Throws `not_found`. */
async function describeOwner(services: Services, ownerId: string) {
  return encodeOwner(await findOwner(services, ownerId), await standingOf(services, ownerId));
}

export function encodeOwner(owner: Document, { ownerId, currency, balance, reserved, available }: Standing) {
  const { low_balance } = owner.data;
  return {
    id: ownerId,
    name: owner.data.name,
    currency,
    balance: formatAmount(balance),
    available: formatAmount(available),
    reserved: formatAmount(reserved),
    low_balance: typeof low_balance === 'bigint' ? formatAmount(low_balance) : null,
    low_below: formatAmount(lowBelow(owner.data)),
    allowed_regions: owner.data.allowed_regions ?? null,
    ...encodeLimits(owner.data),
    created_at: (owner.data.created_at as Date).toISOString(),
  };
}
