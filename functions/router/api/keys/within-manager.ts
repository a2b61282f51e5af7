import { MeshError } from '../../../core/errors.ts';
import { capWindows } from '../../../core/ledger/spending.ts';
import type { Fields } from '../../../core/store/documents.ts';

const limits = ['rpm_limit', 'rpd_limit', 'tpm_limit', 'concurrency_limit'] as const;
const lists = ['allowed_models', 'allowed_regions'] as const;

/**
 * The settings that a key which manages keys gives a new one: what it does not name is as the manager's own. Throws `forbidden`
 * like `refuseBeyond`.
 */
export function underManager(fields: Fields, manager: Fields): Fields {
  const inherited = [
    'spend_caps',
    'end_user_caps',
    'spend_cap_usd',
    'spend_cap_window',
    'expires_at',
    ...limits,
    ...lists,
  ];
  const own = Object.fromEntries(
    inherited.filter((name) => manager[name] !== undefined).map((name) => [name, manager[name]]),
  );
  // A cap in dollars and its window go together.
  const caps = fields.spend_cap_usd === undefined ? {} : { spend_cap_window: null };
  const named = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const given = { ...own, ...caps, ...named };
  refuseBeyond(given, manager);
  return given;
}

/** Throws `forbidden` where a setting would allow more than the manager itself may. Nobody who manages makes managers. */
export function refuseBeyond(fields: Fields, manager: Fields): void {
  if (fields.manage === true) throw beyond('manage');
  for (const name of limits) if (isMore(fields[name], manager[name])) throw beyond(name);
  for (const name of lists) if (hasMore(fields[name], manager[name])) throw beyond(name);
  for (const window of capWindows) {
    for (const name of ['spend_caps', 'end_user_caps']) {
      if (isMore(capOf(fields[name], window), capOf(manager[name], window))) throw beyond(`${name}.${window}`);
    }
  }
  const isCapped = typeof manager.spend_cap_usd === 'bigint';
  const window = fields.spend_cap_window;
  const isMoved = window !== undefined && window !== (manager.spend_cap_window ?? null);
  if (isMore(fields.spend_cap_usd, manager.spend_cap_usd) || (isCapped && isMoved)) throw beyond('spend_cap_usd');
  const { expires_at } = fields;
  const ends = manager.expires_at;
  if (ends instanceof Date && expires_at !== undefined && !(expires_at instanceof Date && expires_at <= ends)) {
    throw beyond('expires_at');
  }
}

/**
 * Throws `forbidden` where a key that is there may do more than the manager, which may neither get its text nor activate it: whoever
 * has the text may do all that.
 */
export function refuseFreer(key: Fields, manager: Fields): void {
  const names = [
    'spend_caps',
    'end_user_caps',
    'spend_cap_usd',
    'spend_cap_window',
    'expires_at',
    'manage',
    ...limits,
    ...lists,
  ];
  refuseBeyond(Object.fromEntries(names.map((name) => [name, key[name] ?? null])), manager);
}

/** Undefined says nothing, null takes a limit away. */
function isMore(value: unknown, limit: unknown): boolean {
  if (value === undefined || typeof limit !== 'bigint') return false;
  return typeof value !== 'bigint' || value > limit;
}

function hasMore(value: unknown, allowed: unknown): boolean {
  if (value === undefined || !Array.isArray(allowed)) return false;
  return !Array.isArray(value) || value.some((name) => !allowed.includes(name));
}

function capOf(caps: Fields[string], window: string): unknown {
  if (caps === undefined) return undefined;
  return (caps as Fields | null)?.[window] ?? null;
}

function beyond(param: string) {
  return new MeshError('forbidden', {
    param,
    message: `${param} would go beyond what the key that manages may do itself.`,
  });
}
