import { hashKey, KEYS } from '../../core/keys.ts';
import { OWNERS } from '../../core/ledger/owners.ts';
import { type SpendCaps, toNamedCaps } from '../../core/ledger/spending.ts';
import type { Currency } from '../../core/money/money.ts';
import { toNanos } from '../../core/money/to-nanos.ts';
import {
  MAX_PROVIDER_KEYS,
  PROVIDER_KEYS,
  type ProviderKey,
  toProviderKey,
} from '../../core/provider-keys/provider-key.ts';
import type { RateLimits } from '../../core/rate-limits/rate-scope.ts';
import { documentId } from '../../core/store/document-id.ts';
import type { Document, Documents, Value } from '../../core/store/documents.ts';
import type { RoutingPolicy } from '../../formats/pivot/chat-request.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Changes } from './change-feed.ts';
import { createHeardMemory } from './heard-memory.ts';
import { createStrangerLimit } from './stranger-limit.ts';

/** Keys remembered at most; the one that was used longest ago goes first. */
export const MAX_CACHED_KEYS = 10_000;
/** For so long it is remembered that there is no such key. */
export const UNKNOWN_KEY_MS = 5_000;

/** An inference key, as its document and its owner's say. Never the key itself. */
export interface Key {
  id: string;
  /** Id of its document. */
  hash: string;
  ownerId: string;
  currency: Currency;
  label: string | null;
  active: boolean;
  /** Of the key, or of the text that came: one of before a rotation works for some time only. */
  expiresAt: Date | null;
  /** Whether it may manage its owner's keys. */
  manages: boolean;
  /** Public model ids; null for all. */
  allowedModels: readonly string[] | null;
  /** Of the key and of its owner, both. */
  allowedRegions: readonly string[] | null;
  routing: RoutingPolicy;
  /** Fields of a request that stand where the caller says nothing, `model` among them. */
  defaults: Readonly<Record<string, unknown>>;
  /** What each single end user may spend; null where users have no caps. */
  endUserCaps: SpendCaps | null;
  rates: RateLimits;
  ownerRates: RateLimits;
  /** Its owner's own keys for providers, those that are used, the newest first. The same list as long as none changes. */
  providerKeys: readonly ProviderKey[];
}

export interface KeyCache {
  /**
   * The key's record, from memory where it is; null where there is none. Throws `rate_limit_exceeded` for an address that has asked
   * for many that there are not.
   */
  find(key: string, address: string): Promise<Key | null>;
}

/**
 * Keys in memory by their hash. An administrative act writes a `changes` document; hearing of it drops the key here, so
 * that a suspended key stops within the store's delivery time on every instance.
 */
export function createKeyCache(documents: Documents, clock: Clock, changes: Changes): KeyCache {
  const strangers = createStrangerLimit(clock);
  const memory = createHeardMemory<Key>({
    clock,
    changes,
    most: MAX_CACHED_KEYS,
    absentMs: UNKNOWN_KEY_MS,
    concerned: ({ key_hash, owner_id, act }) => {
      if (typeof key_hash === 'string') return ({ hash }) => hash === key_hash;
      const isOfOwner = act === 'owner.update' || String(act).startsWith('provider_key.');
      return isOfOwner ? ({ ownerId }) => ownerId === owner_id : null;
    },
  });

  return {
    async find(given, address) {
      const hash = hashKey(given);
      const known = memory.peek(hash);
      if (known !== undefined) return known;
      strangers.admit(address);
      const key = await memory.read(hash, () => readKey(documents, hash));
      if (key === null) strangers.count(address);
      return key;
    },
  };
}

/** The key of a text, by the hash of that; null where there is none. */
async function readKey(documents: Documents, hash: string): Promise<Key | null> {
  const text = await documents.get(KEYS, hash);
  const document = text === null ? null : await keyOf(documents, text);
  if (text === null || document === null) return null;
  const owner = await documents.get(OWNERS, documentId(String(document.data.owner_id)));
  const key = toKey(document, owner);
  const providerKeys = owner?.data.provider_keys === true ? await readProviderKeys(documents, key.ownerId) : NONE;
  return { ...key, expiresAt: earlier(key.expiresAt, text.data.works_until), providerKeys };
}

/** After a rotation the new text has a document that names the key's own, which stays where it was. */
async function keyOf(documents: Documents, text: Document): Promise<Document | null> {
  const { text_of } = text.data;
  return text_of === undefined ? text : documents.get(KEYS, String(text_of));
}

function earlier(one: Date | null, other: Value | undefined): Date | null {
  if (!(other instanceof Date)) return one;
  return one !== null && one < other ? one : other;
}

export function toKey({ id, data }: Document, owner: Document | null): Key {
  return {
    id: String(data.key_id),
    hash: id,
    ownerId: String(data.owner_id),
    currency: (owner?.data.currency ?? 'USD') as Currency,
    label: (data.label ?? null) as string | null,
    active: data.status === 'active',
    expiresAt: (data.expires_at ?? null) as Date | null,
    manages: data.manage === true,
    allowedModels: toNames(data.allowed_models),
    allowedRegions: inBoth(toNames(data.allowed_regions), toNames(owner?.data.allowed_regions)),
    routing: JSON.parse(String(data.routing_policy ?? '{}')) as RoutingPolicy,
    defaults: {
      ...(JSON.parse(String(data.default_params ?? '{}')) as Record<string, unknown>),
      ...(data.default_model ? { model: data.default_model } : {}),
    },
    endUserCaps: toEndUserCaps(data.end_user_caps),
    rates: toRateLimits(data),
    ownerRates: toRateLimits(owner?.data ?? {}),
    providerKeys: NONE,
  };
}

function toEndUserCaps(value: Value | undefined): SpendCaps | null {
  const caps = toNamedCaps(value);
  return Object.values(caps).every((cap) => cap === null) ? null : caps;
}

const NONE: readonly ProviderKey[] = [];

/** Ids come in the order of time. */
async function readProviderKeys(documents: Documents, ownerId: string): Promise<readonly ProviderKey[]> {
  const where = [{ field: 'owner_id', op: '==', value: ownerId } as const];
  const found = await documents.query({ collection: PROVIDER_KEYS, where, limit: MAX_PROVIDER_KEYS });
  return found
    .filter(({ data }) => data.status === 'active')
    .map(toProviderKey)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** A list of names; null where there is none. A damaged one is not none: whoever it keeps out would come in. */
function toNames(value: Value | undefined): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw new TypeError('A stored list of names is none.');
  return value.map(String);
}

/** Names that both lists have; a list that is not there has all. */
function inBoth(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  return a.filter((name) => b.includes(name));
}

/** Throws a `TypeError` for a damaged limit, which is not no limit. */
export function toRateLimits(data: Document['data']): RateLimits {
  const limit = (value: Value | undefined) => (value === undefined || value === null ? null : Number(toNanos(value)));
  return { rpm: limit(data.rpm_limit), rpd: limit(data.rpd_limit), tpm: limit(data.tpm_limit) };
}
