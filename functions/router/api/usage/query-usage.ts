import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';
import { keptSince } from '../../../core/ledger/charge-life.ts';
import type { Grain } from '../../../core/ledger/rollups.ts';
import { toOwnerId, toReader } from '../../access/actor.ts';
import { findOwner } from '../../access/find-owner.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { readAsRollups, tooMuch } from './add-up-entries.ts';
import { costsBefore, encodePrevious, rangeBefore } from './compare-usage.ts';
import { sendCsv, wantsCsv } from './csv.ts';
import { entryFilterFields, toEntryFilter } from './entry-filter.ts';
import { DAY_MS, type Range, rangeFields, toRange, widen } from './range.ts';
import { readRollups, stepOf } from './read-rollups.ts';
import { group, isEntryGroup, MAX_GROUPS } from './usage-groups.ts';
import { encodeLatency, encodeRow, encodeTotal, type Row, toCsv, toRows, totalOf, type Used } from './usage-rows.ts';

/** The longest time that is answered by the hour. */
export const MAX_HOURLY_DAYS = 31;
export const DEFAULT_ROWS = 1_000;
export const MAX_ROWS = 10_000;
const MAX_NAME = 256;

const name = z.string().min(1).max(MAX_NAME).optional();

export const usageBody = z.strictObject({
  ...rangeFields,
  group_by: z.array(group).max(MAX_GROUPS).default(['day']),
  owner_id: name,
  key_id: name,
  model: name,
  provider: name,
  ...entryFilterFields,
  /** With the time right before, as long as that. */
  compare: z.literal('previous').optional(),
  /** Of the rows; what is added up in `total` is never less than everything. */
  limit: z.int().min(1).max(MAX_ROWS).default(DEFAULT_ROWS),
  format: z.enum(['json', 'csv']).optional(),
});
type UsageBody = z.output<typeof usageBody>;

/** `POST /v1/usage`: what was used, added up. With an inference key its own owner's usage, with the admin key anybody's. */
export async function queryUsage(call: Call, services: Services): Promise<Reply | undefined> {
  const reader = await toReader(call, services);
  const body = await parseBody(call, usageBody);
  const ownerId = await toOwnerId(services, reader, body.owner_id);
  const grain: Grain = body.group_by.includes('hour') ? 'hour' : 'day';
  const range = widen(toRange(body, services.now()), stepOf[grain]);
  if (grain === 'hour') checkHours(range);
  const { rows, since } = await addUp(services, ownerId, grain, range, body);
  const earlier = rangeBefore(range);
  const before = body.compare === undefined ? null : (await addUp(services, ownerId, grain, earlier, body)).rows;
  const costBefore = before === null ? null : costsBefore(before, body.group_by);
  const more = costBefore === null ? {} : { previous_cost_usd: costBefore };
  const shown = rows.slice(0, body.limit);
  const truncated = rows.length > shown.length || since !== null;
  if (wantsCsv(call, body.format)) {
    await sendCsv(call, toCsv(body.group_by, shown, more), 'usage', truncated);
    return undefined;
  }
  return {
    status: 200,
    body: {
      start: (since ?? range.start).toISOString(),
      end: range.end.toISOString(),
      data: shown.map((row) => ({
        ...encodeRow(row, body.group_by),
        ...encodeLatency(row.sums),
        ...(costBefore === null ? {} : { previous_cost_usd: costBefore(row) }),
      })),
      total: { ...encodeTotal(rows), ...encodeLatency(totalOf(rows)) },
      ...(before === null ? {} : { previous: encodePrevious(earlier, rows, before) }),
      truncated,
    },
  };
}

function checkHours({ start, end }: Range): void {
  if (end.getTime() - start.getTime() <= (MAX_HOURLY_DAYS + 1) * DAY_MS) return;
  const message = `At most ${MAX_HOURLY_DAYS} days can be asked about by the hour.`;
  throw new MeshError('invalid_request_error', { param: 'start', message });
}

/**
 * The rows of a time. `since`: from when on they are of everything, where there are more requests than are looked at, or some of them
 * are not kept any more; else null.
 */
async function addUp(
  services: Services,
  ownerId: string | null,
  grain: Grain,
  range: Range,
  body: UsageBody,
): Promise<{ rows: Row[]; since: Date | null }> {
  let since: Date | null = null;
  const onCut = (at: Date) => {
    // A part of a time cannot be compared with the whole of another.
    if (body.compare !== undefined) throw tooMuch();
    since = at;
  };
  const used = await readUsage(services, ownerId, grain, range, body, onCut);
  const rows = await toRows(wantedOf(used, body), body.group_by);
  return { rows, since };
}

async function* wantedOf(used: AsyncIterable<Used>, { model, provider }: UsageBody): AsyncGenerator<Used> {
  for await (const each of used) {
    if (model !== undefined && each.model !== model) continue;
    if (provider !== undefined && each.provider !== provider) continue;
    yield each;
  }
}

/** Usage as it was added up, or, where something is asked for that rollups do not know, the owner's requests one by one. */
async function readUsage(
  { documents, entryDays, now }: Services,
  ownerId: string | null,
  grain: Grain,
  range: Range,
  body: UsageBody,
  onCut: (since: Date) => void,
): Promise<AsyncGenerator<Used>> {
  const keyId = body.key_id ?? null;
  const filter = toEntryFilter(body);
  if (filter === null && !body.group_by.some(isEntryGroup)) {
    return readRollups(documents, { ownerId, keyId, grain, range });
  }
  if (ownerId === null) {
    throw new MeshError('invalid_request_error', { param: 'owner_id', message: 'Say whose requests are looked at.' });
  }
  const kept = keptSince(now(), entryDays);
  if (kept !== null && range.start < kept && (await wasThere(documents, ownerId, kept))) onCut(kept);
  const { session = null } = body;
  const wanted = filter ?? (() => true);
  return readAsRollups(documents, { ownerId, keyId, session, grain, range, wanted, onCut });
}

/** Whether an owner may have had requests before a time. */
async function wasThere(documents: Services['documents'], ownerId: string, before: Date): Promise<boolean> {
  const { created_at } = (await findOwner({ documents }, ownerId)).data;
  return !(created_at instanceof Date) || created_at < before;
}
