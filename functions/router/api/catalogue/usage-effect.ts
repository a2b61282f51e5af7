import type { Catalogue, Model } from '../../../catalogue/catalogue.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { addSums, noSums, type Rollup, type Sums } from '../../../core/ledger/rollups.ts';
import { formatDecimal } from '../../../core/money/money.ts';
import { costOf, type PicoUsd } from '../../../core/money/price.ts';
import { noUsage } from '../../../core/money/usage.ts';

/** What was asked of one model at one provider, and what would have become of it. USD, decimal strings. */
export interface EffectRow {
  model: string;
  provider: string;
  requests: number;
  /** What it cost as charged. */
  charged_usd: string;
  /** The same tokens at the prices of now; null where it is not served there now. */
  now_usd: string | null;
  /** The provider that would have served it; null where nobody would. */
  then_provider: string | null;
  then_usd: string | null;
}

export interface UsageEffect {
  requests: number;
  /** Of models and providers for which something is another. */
  rows: EffectRow[];
  moved_requests: number;
  refused_requests: number;
  /** Of all that is served both now and then. */
  now_usd: string;
  then_usd: string;
}

const PICO_DECIMALS = 12;

/** A model at a provider, by both. */
export type Places = ReadonlyMap<string, { model: string; provider: string; sums: Sums }>;

/** Adds up usage by model and provider. */
export async function addUpPlaces(rollups: AsyncIterable<Rollup>): Promise<Places> {
  const places = new Map<string, { model: string; provider: string; sums: Sums }>();
  for await (const rollup of rollups) {
    const { model, provider } = rollup;
    const name = `${model} ${provider}`;
    places.set(name, { model, provider, sums: addSums(places.get(name)?.sums ?? noSums, rollup) });
  }
  return places;
}

/**
 * What a catalogue would have made of usage, beside another. Usage is kept added up, so tokens are priced all together: without
 * the prices of long inputs, and an hour's cache write as any other. Which endpoint a provider had, how fast each was and what
 * each request needed are not kept: what stays at its provider stays at the first of its endpoints, and what cannot goes to
 * the cheapest that is left.
 */
export function effectOn(places: Places, now: Catalogue, then: Catalogue): UsageEffect {
  let [requests, moved, refused] = [0, 0, 0];
  let [nowSum, thenSum] = [0n, 0n];
  const rows: EffectRow[] = [];
  for (const { model, provider, sums } of places.values()) {
    const count = Number(sums.requests);
    requests += count;
    const [here, there] = [placeAt(now.models.get(model), provider), placeAt(then.models.get(model), provider)];
    const before = here?.provider === provider ? costAt(here, sums) : null;
    const after = there === null ? null : costAt(there, sums);
    if (there === null) refused += count;
    else if (there.provider !== provider) moved += count;
    if (before !== null && after !== null) {
      nowSum += before;
      thenSum += after;
    }
    if (here?.id === there?.id && before === after) continue;
    rows.push({
      model,
      provider,
      requests: count,
      charged_usd: toUsd(sums.cost_pico_usd),
      now_usd: before === null ? null : toUsd(before),
      then_provider: there?.provider ?? null,
      then_usd: after === null ? null : toUsd(after),
    });
  }
  return {
    requests,
    rows,
    moved_requests: moved,
    refused_requests: refused,
    now_usd: toUsd(nowSum),
    then_usd: toUsd(thenSum),
  };
}

/** The provider's first endpoint of a model, else the cheapest of the others; null where it has none at all. */
function placeAt(model: Model | undefined, provider: string): Endpoint | null {
  if (model === undefined) return null;
  const own = model.endpoints.find((endpoint) => endpoint.provider === provider);
  if (own !== undefined) return own;
  const sum = ({ price }: Endpoint) => price.input + price.output;
  return model.endpoints.reduce((best, each) => (sum(each) < sum(best) ? each : best));
}

function costAt({ price }: Endpoint, sums: Sums): PicoUsd {
  const usage = {
    ...noUsage,
    input: Number(sums.input_tokens),
    cacheRead: Number(sums.cache_read_tokens),
    cacheWrite: Number(sums.cache_write_tokens),
    output: Number(sums.output_tokens),
    reasoning: Number(sums.reasoning_tokens),
  };
  return costOf(usage, { ...price, request: 0n, tiers: [] }) + price.request * sums.requests;
}

function toUsd(cost: PicoUsd): string {
  return formatDecimal(cost, PICO_DECIMALS);
}
