import { dayOf } from '../core/ledger/spending.ts';
import {
  ageInDays,
  agrees,
  judgeRate,
  MAX_RATE_AGE_DAYS,
  RATES,
  storeRate,
  toKnownRates,
  toRate,
  USD_INR,
} from '../core/money/exchange-rates.ts';
import { type FxRate, formatRate } from '../core/money/fx.ts';
import type { Documents } from '../core/store/documents.ts';
import type { Events } from '../platform/events/events.ts';
import { raiseAlert } from '../platform/events/raise-alert.ts';
import type { Log } from '../platform/log.ts';
import { parseRateReply } from './parse-rate.ts';

/** The European Central Bank's reference rates first; the second does not take its figures from there. */
export const DEFAULT_SOURCES = [
  'https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml',
  'https://open.er-api.com/v6/latest/USD',
] as const;

/** How long a source may take. */
export const SOURCE_TIMEOUT_MS = 10_000;
/** The longest reply that is read; the ECB's is 2 KB. */
export const MAX_SOURCE_BYTES = 256 * 1024;
/** A quotation may be of tomorrow, where its source's day begins earlier; not of later. */
const MAX_FUTURE_MS = 86_400_000;

export interface RefreshOptions {
  documents: Documents;
  events: Events;
  log: Log;
  /** Where the rate comes from, the most trusted first. */
  urls: readonly string[];
  /** The text at a URL; throws where it cannot be had. */
  fetchText: (url: string) => Promise<string>;
}

/** `refused`: a jump that no second source confirms. `failed`: no source has a rate. */
export type RefreshOutcome = 'stored' | 'unchanged' | 'refused' | 'failed';

/**
 * Fetches the rate from the first source that has one, and stores it. A jump is stored only where another source says the
 * same. The last good rate stays wherever this fails; when it has become too old, that is told of once a day.
 */
export async function refreshRate(options: RefreshOptions): Promise<RefreshOutcome> {
  const { documents, log } = options;
  const now = await documents.now();
  const outcome = await refresh(options, now);
  log[outcome === 'refused' ? 'error' : 'info'](`exchange rate ${outcome}`);
  const stored = await documents.get(RATES, USD_INR);
  const age = stored === null ? null : ageInDays(toRate(stored), now);
  if (stored !== null && age !== null && age > MAX_RATE_AGE_DAYS) {
    const { asOf, source } = toRate(stored);
    const facts = { as_of: asOf, source, age_days: age };
    const subject = `${USD_INR}|${dayOf(now)}`;
    await raiseAlert(options, { kind: 'stale_rate', subject, at: new Date(now), facts });
  }
  return outcome;
}

async function refresh(options: RefreshOptions, now: number): Promise<RefreshOutcome> {
  const { documents, urls } = options;
  for (const [index, url] of urls.entries()) {
    const rate = await quotation(options, url, now);
    if (rate === null) continue;
    const known = toKnownRates(await documents.get(RATES, USD_INR));
    if (judgeRate(rate, known) !== 'jump') return storeRate(documents, rate, new Date(now), false);
    const others = urls.slice(index + 1).filter((other) => new URL(other).hostname !== new URL(url).hostname);
    for (const other of others) {
      const second = await quotation(options, other, now);
      if (second !== null && agrees(rate.rate, second.rate)) return storeRate(documents, rate, new Date(now), true);
    }
    const facts = { from: formatRate(known.inUse.rate), to: formatRate(rate.rate), source: rate.source };
    const subject = `${USD_INR}|${rate.asOf}|${facts.to}`;
    await raiseAlert(options, { kind: 'rate_jump', subject, at: new Date(now), facts });
    return 'refused';
  }
  return 'failed';
}

/** What a source quotes; null where it cannot be had or believed. */
async function quotation({ fetchText, log }: RefreshOptions, url: string, now: number): Promise<FxRate | null> {
  const source = new URL(url).hostname;
  try {
    const rate = parseRateReply(await fetchText(url), source);
    if (rate === null) log.warn('the source of the exchange rate sent none', { source });
    else if (Date.parse(rate.asOf) > now + MAX_FUTURE_MS) log.warn('an exchange rate of the future', { source });
    else return rate;
  } catch (error) {
    log.warn('the exchange rate could not be fetched', { source, error: (error as Error).name });
  }
  return null;
}

/** The text at a URL by plain HTTP GET, within `SOURCE_TIMEOUT_MS` and `MAX_SOURCE_BYTES`. */
export async function fetchText(url: string): Promise<string> {
  const reply = await fetch(url, { signal: AbortSignal.timeout(SOURCE_TIMEOUT_MS), redirect: 'follow' });
  if (!reply.ok || reply.body === null) throw new Error(`status ${reply.status}`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of reply.body) {
    length += chunk.length;
    if (length > MAX_SOURCE_BYTES) throw new Error('the reply is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Sources as configuration names them: URLs separated by commas, the built-in ones where nothing is said. */
export function readSources(text: string | undefined): string[] {
  const urls = (text ?? '')
    .split(',')
    .map((url) => url.trim())
    .filter(Boolean);
  for (const url of urls) if (!URL.canParse(url)) throw new Error(`MESH_FX_URLS: ${url} is no URL.`);
  return urls.length > 0 ? urls : [...DEFAULT_SOURCES];
}
