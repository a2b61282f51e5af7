import type { Documents } from '../core/documents.ts';
import { formatRate } from '../core/fx.ts';
import { type RateOutcome, storeRate } from '../core/rates.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { parseRateReply } from './parse-rate.ts';

export const ECB_URL = 'https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml';
/** How long a source may take. */
export const SOURCE_TIMEOUT_MS = 10_000;
/** The longest reply that is read; the ECB's is 2 KB. */
export const MAX_SOURCE_BYTES = 256 * 1024;

export interface RefreshOptions {
  documents: Documents;
  clock: Clock;
  log: Log;
  /** Where the rate comes from. */
  url: string;
  /** The text at a URL; throws where it cannot be had. */
  fetchText: (url: string) => Promise<string>;
}

/** Fetches the rate and stores it. The last good rate stays wherever the source fails; `failed` says so. */
export async function refreshRate({
  documents,
  clock,
  log,
  url,
  fetchText,
}: RefreshOptions): Promise<RateOutcome | 'failed'> {
  const source = new URL(url).hostname;
  let text: string;
  try {
    text = await fetchText(url);
  } catch (error) {
    log.warn('the exchange rate could not be fetched', { source, error: (error as Error).name });
    return 'failed';
  }
  const rate = parseRateReply(text, source);
  if (rate === null) {
    log.warn('the source of the exchange rate sent none', { source });
    return 'failed';
  }
  const outcome = await storeRate(documents, rate, new Date(clock.now()));
  const level = outcome === 'refused' ? 'error' : 'info';
  log[level](`exchange rate ${outcome}`, { source, rate: formatRate(rate.rate), as_of: rate.asOf });
  return outcome;
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
