import { type BothCurrencies, inBothCurrencies } from '../money/fx.ts';
import type { Currency, Nanos } from '../money/money.ts';
import { toNanos } from '../money/to-nanos.ts';
import { documentId } from '../store/document-id.ts';
import type { Document, Fields, Value } from '../store/documents.ts';
import { addLatencies, countLatency, type LatencyCounts, noLatencies, toLatencyCounts } from './latency-counts.ts';

/**
 * Usage added up: by owner, key, model and provider, for each day (UTC), with its hours in a map. Charges alone are in them;
 * topups, refunds and adjustments are not usage. Each is kept in a few shards, since the charges of a busy key come from several
 * consumers at once, each of which keeps to one; whoever reads adds them up. A month is thirty reads and not seven hundred, and a charge is one write.
 * Until 2026-11-28 each hour had a document of its own; those that are there are read as before.
 */
export const ROLLUPS = 'rollups';
export const ROLLUP_SHARDS = 4;

export type Grain = 'day' | 'hour';

const names = ['owner_id', 'key_id', 'model', 'provider', 'currency'] as const;

/** Everything that is added up; integers all. Amounts in nanos, times in milliseconds. */
export const rollupSums = [
  'requests',
  'errors',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'amount',
  'usd',
  'inr',
  'written_off',
  'cost_pico_usd',
  'first_token_ms',
  'total_ms',
] as const;
export type RollupSum = (typeof rollupSums)[number];
interface MutableSums extends Record<RollupSum, bigint> {
  /** By how long they took to their first token. */
  first_tokens: LatencyCounts;
}
export type Sums = Readonly<MutableSums>;

export interface Rollup extends Sums {
  ownerId: string;
  keyId: string;
  model: string;
  provider: string;
  currency: Currency;
  grain: Grain;
  /** `2026-11-23` or `2026-11-23T14`, UTC. */
  period: string;
}

/** Where a charge belongs, of one grain. `shard`: any of the shards. */
export function rollupOf({ data }: Document, grain: Grain, shard: number): { id: string; fields: Fields } {
  const period = (data.created_at as Date).toISOString().slice(0, grain === 'day' ? 10 : 13);
  const own = Object.fromEntries(names.map((name) => [name, nameIn(data, name)]));
  const id = documentId(`${placeName(data, period)}|${shard}`);
  return { id, fields: { ...own, grain, period, place: `${placeOf(grain, period)}|${id}`, shard: BigInt(shard) } };
}

/** Charges of one name and period belong together. */
function placeName(data: Fields, period: string): string {
  let name = '';
  for (const each of names) name += `${nameIn(data, each)}|`;
  return name + period;
}

function nameIn(data: Fields, name: (typeof names)[number]): string {
  return String(data[name] ?? '');
}

/**
 * Where the rollups of a period begin in the order of `place`, a field that no two rollups share: so any number of them can
 * be read page by page. It begins with a time, hence is indexed only behind owner, key or shard.
 */
export function placeOf(grain: Grain, period: string): string {
  return `${grain}|${period}`;
}

/** What is added to the rollup of a day: all of it, and how much in which of its hours (`14`, UTC). */
export interface DayAddition {
  fields: Fields;
  sums: Sums;
  hours: ReadonlyMap<string, Sums>;
}

interface OneDay {
  first: Document;
  hours: Map<string, MutableSums>;
}

/** What charges add to the rollups of their days, by the rollup's id. */
export function addUpDays(charges: readonly Document[], shard: number): Map<string, DayAddition> {
  const days = new Map<string, OneDay>();
  for (const charge of charges) {
    const time = (charge.data.created_at as Date).toISOString();
    const name = placeName(charge.data, time.slice(0, 10));
    const day = days.get(name) ?? { first: charge, hours: new Map() };
    days.set(name, day);
    const hour = time.slice(11, 13);
    const others = day.hours.get(hour);
    if (others === undefined) day.hours.set(hour, chargeSums(charge));
    else addTo(others, chargeSums(charge));
  }
  const additions = [...days.values()].map(({ first, hours }) => {
    const { id, fields } = rollupOf(first, 'day', shard);
    return [id, { fields, sums: [...hours.values()].reduce(addSums, noSums), hours }] as const;
  });
  return new Map(additions);
}

export function addAdditions(a: DayAddition, b: DayAddition): DayAddition {
  const hours = new Map(a.hours);
  for (const [hour, sums] of b.hours) hours.set(hour, addSums(hours.get(hour) ?? noSums, sums));
  return { fields: b.fields, sums: addSums(a.sums, b.sums), hours };
}

/** What stands in the rollup of a day, as what made it. */
export function toDayAddition(document: Document): DayAddition {
  const hours = (document.data.hours ?? {}) as Readonly<Record<string, Fields>>;
  const byHour = Object.entries(hours).map(([hour, sums]) => [hour, toSums(sums)] as const);
  return { fields: {}, sums: toSums(document.data), hours: new Map(byHour) };
}

/** The fields of the rollup of a day: of it and of each hour only what there is. */
export function fromDayAddition({ fields, sums, hours }: DayAddition): Fields {
  const ofHours = [...hours].map(([hour, some]) => [hour, withoutZeros(some)] as const);
  return { ...fields, ...withoutZeros(sums), hours: Object.fromEntries(ofHours) };
}

function withoutZeros(sums: Sums): { readonly [name: string]: Value } {
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0n && sum !== noLatencies));
}

/** The hours of a day. */
export function hoursOf(day: Document): Rollup[] {
  const whole = toRollup(day);
  const { hours } = toDayAddition(day);
  return [...hours].map(([hour, sums]) => ({ ...whole, ...sums, grain: 'hour', period: `${whole.period}T${hour}` }));
}

/** What one charge adds. Charges of before 2026-11-27 say only their own currency; the other is made of their rate. */
export function chargeSums({ data }: Document): MutableSums {
  const isInBoth = typeof data.usd === 'bigint' && typeof data.inr === 'bigint';
  const { usd, inr } = isInBoth ? (data as { usd: Nanos; inr: Nanos }) : convertedCharge(data);
  return {
    requests: 1n,
    errors: data.outcome === 'finished' ? 0n : 1n,
    input_tokens: countIn(data, 'input_tokens'),
    cache_read_tokens: countIn(data, 'cache_read_tokens'),
    cache_write_tokens: countIn(data, 'cache_write_tokens'),
    output_tokens: countIn(data, 'output_tokens'),
    reasoning_tokens: countIn(data, 'reasoning_tokens'),
    amount: chargedIn(data),
    usd,
    inr,
    written_off: countIn(data, 'written_off'),
    cost_pico_usd: toNanos(data.cost_pico_usd),
    first_token_ms: countIn(data, 'first_token_ms'),
    total_ms: countIn(data, 'total_ms'),
    first_tokens: countLatency(countIn(data, 'first_token_ms')),
  };
}

/** What a charge comes to in both currencies by its rate, whatever it says itself. */
export function convertedCharge(data: Document['data']): BothCurrencies {
  const fx = { rate: toNanos(data.fx_rate), asOf: String(data.fx_as_of), source: String(data.fx_source) };
  return inBothCurrencies(chargedIn(data), data.currency as Currency, toNanos(data.cost_pico_usd), fx);
}

function chargedIn(data: Document['data']): Nanos {
  return toNanos(data.amount) + toNanos(data.overage);
}

function countIn(data: Document['data'], field: string): bigint {
  const count = data[field];
  return typeof count === 'bigint' ? count : 0n;
}

export function addSums(a: Sums, b: Sums): Sums {
  const sums = { ...a };
  addTo(sums, b);
  return sums;
}

function addTo(sums: MutableSums, more: Sums): void {
  for (const name of rollupSums) if (more[name] !== 0n) sums[name] += more[name];
  sums.first_tokens = addLatencies(sums.first_tokens, more.first_tokens);
}

export const noSums: Sums = {
  ...(Object.fromEntries(rollupSums.map((name) => [name, 0n])) as Record<RollupSum, Nanos>),
  first_tokens: noLatencies,
};

export function toRollup({ data }: Document): Rollup {
  return {
    ...toSums(data),
    ownerId: String(data.owner_id),
    keyId: String(data.key_id),
    model: String(data.model),
    provider: String(data.provider),
    currency: data.currency as Currency,
    grain: data.grain as Grain,
    period: String(data.period),
  };
}

function toSums(data: Fields): Sums {
  const sums = {} as Record<RollupSum, bigint>;
  for (const name of rollupSums) sums[name] = data[name] === undefined ? 0n : toNanos(data[name]);
  return { ...sums, first_tokens: toLatencyCounts(data.first_tokens) };
}
