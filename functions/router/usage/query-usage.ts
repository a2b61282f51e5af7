import { z } from 'zod';
import type { Documents, Filter } from '../../core/documents.ts';
import { MeshError } from '../../core/errors.ts';
import { formatAmount } from '../../core/money.ts';
import { addSums, type Grain, noSums, ROLLUPS, type Rollup, type Sums, toRollup } from '../../core/rollups.ts';
import { authenticateReader } from '../authenticate.ts';
import type { Call } from '../call.ts';
import { parseBody } from '../parse-body.ts';
import type { Router } from '../router.ts';
import type { Reply } from '../routes.ts';
import { type Range, rangeFields, toRange } from './range.ts';

/** Hours are kept apart for a while only: a longer question is answered by days. */
const MAX_HOURS = 31 * 24;
/** Queries of one question that run at once. */
const AT_ONCE = 16;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_NAME = 256;

const groups = ['day', 'hour', 'model', 'provider', 'key'] as const;
type Group = (typeof groups)[number];
const name = z.string().min(1).max(MAX_NAME).optional();

export const usageBody = z.strictObject({
  ...rangeFields,
  group_by: z.array(z.enum(groups)).max(groups.length).default(['day']),
  owner_id: name,
  key_id: name,
  model: name,
  provider: name,
});

/** `POST /v1/usage`: what was used, added up. With an inference key its own owner's usage, with the admin key anybody's. */
export async function queryUsage(call: Call, router: Router): Promise<Reply> {
  const key = await authenticateReader(call, router);
  const { group_by, owner_id, key_id, model, provider, ...given } = await parseBody(call, usageBody);
  const range = toRange(given, router.now());
  const ownerId = key === null ? (owner_id ?? null) : key.ownerId;
  const grain: Grain = group_by.includes('hour') ? 'hour' : 'day';
  const found = await readRollups(router.documents, ownerId, grain, range);
  const rows = new Map<string, { group: Rollup; sums: Sums }>();
  let total = noSums;
  for (const rollup of found) {
    if (key_id !== undefined && rollup.keyId !== key_id) continue;
    if (model !== undefined && rollup.model !== model) continue;
    if (provider !== undefined && rollup.provider !== provider) continue;
    // Money of two currencies is never one sum.
    const id = JSON.stringify([rollup.currency, ...group_by.map((group) => groupOf(rollup, group))]);
    rows.set(id, { group: rollup, sums: addSums(rows.get(id)?.sums ?? noSums, rollup) });
    total = addSums(total, rollup);
  }
  return {
    status: 200,
    body: {
      start: range.start.toISOString(),
      end: range.end.toISOString(),
      data: [...rows.values()].map(({ group, sums }) => ({
        ...Object.fromEntries(group_by.map((each) => [each, groupOf(group, each)])),
        ...encodeSums(sums),
        amount: formatAmount(sums.amount),
        currency: group.currency,
      })),
      total: encodeSums(total),
    },
  };
}

function groupOf(rollup: Rollup, group: Group): string {
  switch (group) {
    case 'day':
      return rollup.period.slice(0, 10);
    case 'hour':
      return `${rollup.period}:00:00Z`;
    case 'key':
      return rollup.keyId;
    default:
      return rollup[group];
  }
}

function encodeSums(sums: Sums) {
  const count = (value: bigint) => Number(value);
  return {
    requests: count(sums.requests),
    errors: count(sums.errors),
    prompt_tokens: count(sums.input_tokens),
    completion_tokens: count(sums.output_tokens),
    total_tokens: count(sums.input_tokens + sums.output_tokens),
    cached_tokens: count(sums.cache_read_tokens),
    cache_write_tokens: count(sums.cache_write_tokens),
    reasoning_tokens: count(sums.reasoning_tokens),
    cost_usd: formatAmount(sums.usd),
    cost_inr: formatAmount(sums.inr),
  };
}

/** Rollups by equality of period, one query each: no index over all times is needed, and nothing has to be paged. */
async function readRollups(
  documents: Documents,
  ownerId: string | null,
  grain: Grain,
  range: Range,
): Promise<Rollup[]> {
  const step = grain === 'day' ? DAY_MS : HOUR_MS;
  const periods: string[] = [];
  for (let at = Math.floor(range.start.getTime() / step) * step; at < range.end.getTime(); at += step) {
    periods.push(new Date(at).toISOString().slice(0, grain === 'day' ? 10 : 13));
  }
  if (grain === 'hour' && periods.length > MAX_HOURS) {
    const message = `At most ${MAX_HOURS} hours can be asked about at once.`;
    throw new MeshError('invalid_request_error', { param: 'start', message });
  }
  const rollups: Rollup[] = [];
  for (let from = 0; from < periods.length; from += AT_ONCE) {
    const some = await Promise.all(
      periods.slice(from, from + AT_ONCE).map((period) => {
        const where: Filter[] = [{ field: 'period', op: '==', value: period }];
        if (ownerId !== null) where.unshift({ field: 'owner_id', op: '==', value: ownerId });
        return documents.query({ collection: ROLLUPS, where });
      }),
    );
    rollups.push(...some.flat().map(toRollup));
  }
  return rollups;
}
