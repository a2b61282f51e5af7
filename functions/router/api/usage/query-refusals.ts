import { z } from 'zod';
import { type ErrorCode, errorTable, MeshError } from '../../../core/errors.ts';
import { REFUSALS } from '../../../core/ledger/refusals.ts';
import { type Document, type Documents, MAX_QUERY_DOCUMENTS } from '../../../core/store/documents.ts';
import { toOwnerId, toReader } from '../../access/actor.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { type Range, rangeFields, toRange } from './range.ts';

const MAX_NAME = 256;
const name = z.string().min(1).max(MAX_NAME).optional();
const codes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]];

export const refusalsBody = z.strictObject({
  ...rangeFields,
  owner_id: name,
  key_id: name,
  code: z.enum(codes).optional(),
});
type RefusalsBody = z.output<typeof refusalsBody>;

/** How often a key was refused with one error within a minute. */
interface RefusalRow {
  minute: string;
  key_id: string;
  code: string;
  count: number;
}

/**
 * `POST /v1/usage/refusals`: requests that were refused before they cost anything, by key, code and minute, the newest first.
 * Where there is more than one question finds, `truncated` says so, and the same question with `end` finds what is older.
 */
export async function queryRefusals(call: Call, services: Services): Promise<Reply> {
  const reader = await toReader(call, services);
  const body = await parseBody(call, refusalsBody);
  const ownerId = await toOwnerId(services, reader, body.owner_id);
  if (ownerId === null) {
    throw new MeshError('invalid_request_error', { param: 'owner_id', message: 'Say whose refusals are wanted.' });
  }
  const { found, truncated } = await readRefusals(services.documents, ownerId, toRange(body, services.now()));
  const data = addUp(found, body);
  const total = data.reduce((sum, { count }) => sum + count, 0);
  return { status: 200, body: { data, total, truncated } };
}

/** The newest documents of a time; of a minute all that there are, or none. */
async function readRefusals(
  documents: Pick<Documents, 'query'>,
  ownerId: string,
  { start, end }: Range,
): Promise<{ found: Document[]; truncated: boolean }> {
  const found = await documents.query({
    collection: REFUSALS,
    where: [
      { field: 'owner_id', op: '==', value: ownerId },
      { field: 'minute', op: '>=', value: start },
      { field: 'minute', op: '<', value: end },
    ],
    orderBy: { field: 'minute', direction: 'desc' },
  });
  const last = found.at(-1);
  if (last === undefined || found.length < MAX_QUERY_DOCUMENTS) return { found, truncated: false };
  const whole = found.filter((document) => minuteOf(document) !== minuteOf(last));
  return { found: whole.length === 0 ? found : whole, truncated: true };
}

/** Every instance counts for itself. */
function addUp(found: readonly Document[], { key_id, code }: RefusalsBody): RefusalRow[] {
  const rows = new Map<string, RefusalRow>();
  for (const document of found) {
    const keyId = String(document.data.key_id);
    if (key_id !== undefined && keyId !== key_id) continue;
    const minute = new Date(minuteOf(document)).toISOString();
    for (const [each, count] of Object.entries(Object(document.data.counts) as Record<string, unknown>)) {
      if (code !== undefined && each !== code) continue;
      const id = `${minute}|${keyId}|${each}`;
      const before = rows.get(id)?.count ?? 0;
      rows.set(id, { minute, key_id: keyId, code: each, count: before + Number(count) });
    }
  }
  return [...rows.values()].sort((a, b) => compare(b.minute, a.minute) || b.count - a.count || compare(a.code, b.code));
}

function minuteOf({ data }: Document): number {
  return (data.minute as Date).getTime();
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
