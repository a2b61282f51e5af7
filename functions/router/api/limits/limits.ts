import { z } from 'zod';
import {
  END_USER_SPENDING,
  endUserId,
  reservedOf,
  toEndUserSpending,
} from '../../../core/end-users/end-user-spending.ts';
import { MeshError } from '../../../core/errors.ts';
import { KEYS } from '../../../core/keys.ts';
import { OWNERS, toOwnerBalance } from '../../../core/ledger/owners.ts';
import {
  addSpending,
  capWindows,
  dayOf,
  endOfWindow,
  onDay,
  SPENDING,
  type SpendCaps,
  type Spending,
  toNamedCaps,
  toSpendCaps,
  toSpending,
} from '../../../core/ledger/spending.ts';
import { formatAmount, least } from '../../../core/money/money.ts';
import type { RateFigure, RateFigures, RateScope } from '../../../core/rate-limits/rate-scope.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Document } from '../../../core/store/documents.ts';
import { authenticate } from '../../access/authenticate.ts';
import { findKey } from '../../access/find-key.ts';
import { toRateLimits } from '../../access/key-cache.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import { rateScopes } from '../../way/rate-scopes.ts';
import type { Services } from '../../way/services.ts';
import { type Leased, leasedOf } from '../balance/standing.ts';
import { encodeCapsField, encodeLimits } from './limit-fields.ts';

/** `GET /v1/usage/rate-limits`: how the key and its owner stand, straight from the store. Takes nothing. */
export async function getRateLimits(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const [ofKey, ofOwner] = await services.rates.figures(rateScopes(key));
  return {
    status: 200,
    body: {
      key: encodeFigures(ofKey),
      owner: encodeFigures(ofOwner),
      spending: await encodeKeySpending(services, key.hash, key.ownerId, key.id, endUserOf(call)),
    },
  };
}

/** `GET /v1/keys/{id}/limits`: what was set, what holds, and whether it is the key's own limit or its owner's that binds. */
export async function getKeyLimits(call: Call, services: Services, keyId: string): Promise<Reply> {
  const key = await findKey(call, services, keyId);
  const ownerId = String(key.data.owner_id);
  const owner = await readOwnerDocument(services, ownerId);
  const names = ['rpm_limit', 'rpd_limit', 'tpm_limit', 'concurrency_limit'] as const;
  const effective = Object.fromEntries(
    names.map((name) => [name, binding(toLimit(key.data[name]), toLimit(owner.data[name]))]),
  );
  const scopes: RateScope[] = [
    { id: `key|${keyId}`, limits: toRateLimits(key.data) },
    { id: `owner|${ownerId}`, limits: toRateLimits(owner.data) },
  ];
  const [ofKey, ofOwner] = await services.rates.figures(scopes);
  return {
    status: 200,
    body: {
      key_id: keyId,
      owner_id: ownerId,
      key: encodeLimits(key.data),
      owner: encodeLimits(owner.data),
      effective,
      rates: { key: encodeFigures(ofKey), owner: encodeFigures(ofOwner) },
      end_user_caps: encodeCapsField(key.data.end_user_caps),
      spending: await encodeKeySpending(services, key.id, ownerId, keyId, endUserOf(call)),
    },
  };
}

function toLimit(value: unknown): number | null {
  return typeof value === 'bigint' ? Number(value) : null;
}

function binding(ofKey: number | null, ofOwner: number | null) {
  if (ofKey === null && ofOwner === null) return { limit: null, tier: null };
  const keyBinds = ofOwner === null || (ofKey !== null && ofKey <= ofOwner);
  return keyBinds ? { limit: ofKey, tier: 'key' } : { limit: ofOwner, tier: 'owner' };
}

function encodeFigures(figures: RateFigures | undefined) {
  const figure = (each: RateFigure | null | undefined) =>
    each ? { limit: each.limit, remaining: each.remaining, reset_seconds: each.resetSeconds } : null;
  return {
    requests_per_minute: figure(figures?.requests),
    tokens_per_minute: figure(figures?.tokens),
    requests_per_day: figure(figures?.day),
  };
}

/** The names that `?end_user` takes: a keyed hash, as events have it, and this for all who name nobody. */
const NAMELESS = 'none';
const END_USER = /^usr_[0-9a-f]{32}$/;
export const endUserQuery = z.object({
  end_user: z.string().optional().describe(`The \`end_user\` of an event, or \`${NAMELESS}\` for all who name nobody.`),
});

/** Which end user is asked for; undefined where none is. */
function endUserOf({ query }: Call): string | null | undefined {
  const name = query.get('end_user') ?? undefined;
  if (name === undefined || END_USER.test(name)) return name;
  if (name === NAMELESS) return null;
  throw new MeshError('invalid_request_error', {
    param: 'end_user',
    message: `end_user is the hash that events have (\`usr_…\`), or \`${NAMELESS}\`.`,
  });
}

async function encodeKeySpending(
  services: Services,
  keyHash: string,
  ownerId: string,
  keyId: string,
  endUser: string | null | undefined,
) {
  const { documents } = services;
  const [owner, key, record, leased] = await Promise.all([
    readOwnerDocument(services, ownerId),
    documents.get(KEYS, keyHash),
    documents.get(SPENDING, documentId(keyId)),
    leasedOf(documents, ownerId),
  ]);
  const { currency } = toOwnerBalance(owner);
  const now = services.now();
  const fx = services.rate();
  const ofKey = toSpending(record?.data.spending);
  const ofOwner = toSpending(owner.data.spending);
  return {
    currency,
    key: key === null ? null : encodeCaps(ofKey, toSpendCaps(key, currency, fx), leased.ofKey(keyId), now),
    owner: encodeCaps(ofOwner, toSpendCaps(owner, currency, fx), leased.all, now),
    end_user: endUser === undefined || key === null ? null : await encodeEndUser(services, key, endUser),
  };
}

/** How one end user of a key stands; null where the key caps no users. */
async function encodeEndUser({ documents, now }: Services, { data }: Document, name: string | null) {
  const caps = toNamedCaps(data.end_user_caps);
  if (Object.values(caps).every((cap) => cap === null)) return null;
  const id = endUserId({ keyId: String(data.key_id), name });
  const record = toEndUserSpending(await documents.get(END_USER_SPENDING, id));
  const spending = onDay(record.spending, dayOf(now()));
  const reserved = reservedOf(record);
  const used = addSpending(spending, spending.day, reserved, 0);
  return encodeCaps(used, caps, { unspent: reserved, held: reserved }, now());
}

/** What was spent and what running requests have reserved, window by window. What leases have idle comes back when it is wanted. */
function encodeCaps(stored: Spending, caps: SpendCaps, { unspent, held }: Leased, now: number) {
  const spending = onDay(stored, dayOf(now));
  return Object.fromEntries(
    capWindows.map((window) => {
      const cap = caps[window];
      const used = spending[window];
      const spent = used - least(unspent, used);
      const reserved = least(held, used - spent);
      const taken = spent + reserved;
      const end = endOfWindow(window, spending.day);
      return [
        window,
        {
          spent: formatAmount(spent),
          reserved: formatAmount(reserved),
          cap: cap === null ? null : formatAmount(cap),
          remaining: cap === null ? null : formatAmount(cap > taken ? cap - taken : 0n),
          resets_at: end === null ? null : new Date(end).toISOString(),
        },
      ];
    }),
  );
}

async function readOwnerDocument(services: Services, ownerId: string): Promise<Document> {
  const owner = await services.documents.get(OWNERS, documentId(ownerId));
  if (owner === null) throw new MeshError('not_found', { message: 'There is no such owner.' });
  return owner;
}
