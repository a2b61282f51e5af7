import { z } from 'zod';
import { type CapWindow, capWindows } from '../../../core/ledger/spending.ts';
import { type Currency, formatAmount, parseAmount } from '../../../core/money/money.ts';
import { refuseSlip } from '../../../core/money/slips.ts';
import type { Fields } from '../../../core/store/documents.ts';

/** The largest rate that may be named: beyond it there is no limit worth counting. */
const MAX_RATE = 1_000_000_000;

const rate = z.int().min(1).max(MAX_RATE).nullish();
/** A decimal string; zero stops all spending. */
const cap = z.string().nullish();

/** What may be spent in each window, in the owner's currency; one that is not named is cleared. */
export const capsSetting = z.strictObject({ daily: cap, weekly: cap, monthly: cap, total: cap }).nullish();

/** Limits of a key, or of an owner over all its keys; the smallest wins. Absent fields stay, null clears. */
export const limitSettings = {
  rpm_limit: rate,
  rpd_limit: rate,
  tpm_limit: rate,
  concurrency_limit: rate,
  spend_caps: capsSetting,
  /** In dollars, whatever the owner's currency; `spend_cap_window` says of which window. */
  spend_cap_usd: cap,
  spend_cap_window: z.enum(capWindows).nullish(),
  /** That caps are meant, though one is a thousand times more than it was. */
  confirm: z.boolean().optional(),
};

const limitBody = z.object(limitSettings);
type Limits = z.infer<typeof limitBody>;

const rates = ['rpm_limit', 'rpd_limit', 'tpm_limit', 'concurrency_limit'] as const;

/** Limits as they are stored: counts and nanos, both integers. */
export function toLimitFields(limits: Limits): Fields {
  const fields: Record<string, Fields[string]> = {};
  for (const name of rates) {
    const value = limits[name];
    if (value !== undefined) fields[name] = value === null ? null : BigInt(value);
  }
  if (limits.spend_caps !== undefined) fields.spend_caps = toCapsField(limits.spend_caps, 'spend_caps');
  if (limits.spend_cap_usd !== undefined) fields.spend_cap_usd = toCap(limits.spend_cap_usd, 'spend_cap_usd');
  if (limits.spend_cap_window !== undefined) fields.spend_cap_window = limits.spend_cap_window;
  return fields;
}

/** Caps as they are stored, in nanos. `param`: whose they are, for errors. */
export function toCapsField(caps: z.infer<typeof capsSetting>, param: string): Record<CapWindow, bigint | null> {
  const amounts = capWindows.map((window) => [window, toCap(caps?.[window], `${param}.${window}`)]);
  return Object.fromEntries(amounts) as Record<CapWindow, bigint | null>;
}

/** The same as they are shown. */
export function encodeCapsField(caps: Fields[string]): Record<CapWindow, string | null> {
  const amounts = capsOf(caps);
  return Object.fromEntries(capWindows.map((window) => [window, fromCap(amounts[window])])) as Record<
    CapWindow,
    string | null
  >;
}

/**
 * Throws `confirmation_required` where a cap, as `toLimitFields` gives it, is a thousand times more than it was `before`, or than
 * is usual where there was none. `currency`: the owner's.
 */
export function refuseCapSlips(limits: Fields, before: Fields, currency: Currency): void {
  for (const name of ['spend_caps', 'end_user_caps'] as const) {
    const [caps, capsBefore] = [capsOf(limits[name]), capsOf(before[name])];
    for (const window of capWindows) {
      refuseCapSlip({ param: `${name}.${window}`, amount: caps[window], currency }, capsBefore[window]);
    }
  }
  refuseCapSlip({ param: 'spend_cap_usd', amount: limits.spend_cap_usd, currency: 'USD' }, before.spend_cap_usd);
}

interface NamedCap {
  param: string;
  amount: unknown;
  currency: Currency;
}

function refuseCapSlip({ param, amount, currency }: NamedCap, before: unknown): void {
  if (typeof amount !== 'bigint') return;
  refuseSlip({ param, amount, currency }, typeof before === 'bigint' ? { is: 'what it was', amount: before } : null);
}

function capsOf(caps: Fields[string]): Partial<Record<CapWindow, unknown>> {
  return (caps ?? {}) as Partial<Record<CapWindow, unknown>>;
}

export function encodeLimits(data: Fields) {
  return {
    ...Object.fromEntries(rates.map((name) => [name, typeof data[name] === 'bigint' ? Number(data[name]) : null])),
    spend_caps: encodeCapsField(data.spend_caps),
    spend_cap_usd: fromCap(data.spend_cap_usd),
    spend_cap_window: data.spend_cap_window ?? null,
  };
}

function toCap(text: string | null | undefined, param: string): bigint | null {
  if (text === null || text === undefined) return null;
  return /^0+(\.0+)?$/.test(text) ? 0n : parseAmount(text, param);
}

function fromCap(value: unknown): string | null {
  return typeof value === 'bigint' ? formatAmount(value) : null;
}
