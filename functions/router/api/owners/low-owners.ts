import { ALERTS } from '../../../core/alerts/alerts.ts';
import { OWNERS } from '../../../core/ledger/owners.ts';
import { lowBelow, lowSubject } from '../../../core/ledger/spend-alerts.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Document, Documents, Filter } from '../../../core/store/documents.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { type Standing, standingsOf } from '../balance/standing.ts';
import { decodePlace, encodePlace } from '../pages/cursor-text.ts';
import { DEFAULT_LIST_PAGE, pagesQuery } from '../pages/list-page.ts';
import { encodeOwner } from './owners.ts';

/** Alerts that are read at once. */
const STEP = 200;
/** Alerts that are looked at for one page, however few of their owners are low by now: its cursor goes on from there. */
export const MAX_LOW_ALERTS = 1_000;

const LIST = 'low_owners';

/** `GET /v1/owners/low`: a page of those whose money is low, the last to become so first. */
export async function listLowOwners(call: Call, { documents }: Services): Promise<Reply> {
  const asked = pagesQuery.safeParse(Object.fromEntries(call.query));
  if (!asked.success) throw toValidationError(asked.error);
  const { limit = DEFAULT_LIST_PAGE, cursor } = asked.data;
  const after = cursor === undefined ? null : decodePlace(cursor, LIST, parsePlace);
  const { owners, next } = await readLowOwners(documents, after, limit);
  const data = owners.map(({ owner, standing }) => encodeOwner(owner, standing));
  return { status: 200, body: { data, next_cursor: next === null ? null : encodePlace(next, LIST) } };
}

function parsePlace(written: unknown[]): LowPlace | null {
  const [at, id] = written;
  return written.length === 2 && Number.isSafeInteger(at) && typeof id === 'string' ? [Number(at), id] : null;
}

/** Where in the list of alerts a page ended. */
type LowPlace = readonly [at: number, alertId: string];

interface LowOwner {
  owner: Document;
  standing: Standing;
}

interface LowOwners {
  owners: LowOwner[];
  /** Null where there are no more. */
  next: LowPlace | null;
}

/**
 * The owners whose money is low, the last to become so first. Each was told of in an alert when it became so, once for each topup:
 * of those alerts it is looked whether they still hold. So nothing is kept for it, and an owner that has had money since is not here.
 */
async function readLowOwners(documents: Documents, after: LowPlace | null, size: number): Promise<LowOwners> {
  const owners: LowOwner[] = [];
  let place = after;
  for (let looked = 0; looked < MAX_LOW_ALERTS; ) {
    const seen = place;
    const found = await findAlerts(documents, seen);
    const fresh = seen === null ? found : found.filter((alert) => isAfter(placeOf(alert), seen));
    const low = await findLow(documents, fresh);
    for (const alert of fresh) {
      const owner = low.get(alert.id);
      if (owner !== undefined) {
        if (owners.length === size) return { owners, next: place };
        owners.push(owner);
      }
      place = placeOf(alert);
      looked++;
    }
    if (found.length < STEP || fresh.length === 0) return { owners, next: null };
  }
  return { owners, next: place };
}

function findAlerts(documents: Documents, place: LowPlace | null): Promise<Document[]> {
  const where: Filter[] = [{ field: 'kind', op: '==', value: 'low_balance' }];
  if (place !== null) where.push({ field: 'at', op: '<=', value: new Date(place[0]) });
  return documents.query({ collection: ALERTS, where, orderBy: { field: 'at', direction: 'desc' }, limit: STEP });
}

/** By the id of its alert, each owner for whom that still holds: nothing was put in since, and it is as low as then. */
async function findLow(documents: Documents, alerts: readonly Document[]): Promise<Map<string, LowOwner>> {
  const named = await Promise.all(
    alerts.map(async ({ id, data }) => {
      const ownerId = String((data.facts as { owner_id?: unknown }).owner_id);
      const owner = await documents.get(OWNERS, documentId(ownerId));
      return owner !== null && lowSubject(ownerId, owner.data) === data.subject ? [{ id, owner }] : [];
    }),
  );
  const asked = named.flat().sort((a, b) => (String(a.owner.data.owner_id) < String(b.owner.data.owner_id) ? -1 : 1));
  const standingIn = await standingsOf(
    documents,
    asked.map(({ owner }) => owner),
  );
  const standing = asked.map(({ id, owner }) => ({ id, owner, standing: standingIn(owner) }));
  const low = standing.filter((each) => each.standing.available < lowBelow(each.owner.data));
  return new Map(low.map(({ id, owner, standing }) => [id, { owner, standing }]));
}

function placeOf({ id, data }: Document): LowPlace {
  return [(data.at as Date).getTime(), id];
}

function isAfter(one: LowPlace, other: LowPlace): boolean {
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);
}
