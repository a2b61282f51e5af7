import { z } from 'zod';
import { CHANGES, RECALL } from '../../../core/changes.ts';
import type { Document, Filter, Value } from '../../../core/store/documents.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import type { Call } from '../../http/call.ts';
import { toIso } from '../../http/reply-fields.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { nextBefore } from '../pages/next-before.ts';
import { sendCsv, toCsvLine, wantsCsv } from '../usage/csv.ts';

/** Acts of a page. */
export const MAX_AUDIT_PAGE = 500;
const DEFAULT_PAGE = 100;

export const auditQuery = z.object({
  owner_id: z.string().optional(),
  before: z.iso.datetime({ offset: true }).optional().describe('Acts before that moment.'),
  limit: z.coerce.number().int().min(1).max(MAX_AUDIT_PAGE).default(DEFAULT_PAGE),
  format: z.enum(['json', 'csv']).optional(),
});

/** Administrative acts, newest first: who did what to what. Those of one moment are on one page or on both. */
export async function listAuditLogs(call: Call, services: Services): Promise<Reply | undefined> {
  const asked = auditQuery.safeParse(Object.fromEntries(call.query));
  if (!asked.success) throw toValidationError(asked.error);
  const { owner_id, before, limit, format } = asked.data;
  const where: Filter[] = [
    ...(owner_id === undefined ? [] : [{ field: 'owner_id', op: '==', value: owner_id } as const]),
    ...(before === undefined ? [] : [{ field: 'at', op: '<', value: new Date(before) } as const]),
  ];
  const orderBy = { field: 'at', direction: 'desc' } as const;
  const found = await services.documents.query({ collection: CHANGES, where, orderBy, limit });
  const last = found.length < limit ? null : nextBefore(found.at(-1)?.data.at);
  // Recalls are what instances say to each other.
  const acts = found.filter(({ data }) => data.act !== RECALL).map(encodeAct);
  if (!wantsCsv(call, format)) return { status: 200, body: { data: acts, next_before: last } };
  const lines = acts.map(({ id, at, act, actor, request_id, about }) =>
    toCsvLine([id, at, act, actor, request_id, JSON.stringify(about)]),
  );
  const text = toCsvLine(['id', 'at', 'act', 'actor', 'request_id', 'about']) + lines.join('');
  await sendCsv(call, text, 'audit-logs', last);
  return undefined;
}

function encodeAct({ id, data }: Document) {
  const { act, at, actor, request_id, ...about } = data;
  return {
    id,
    act: String(act),
    at: toIso(at) ?? '',
    actor: typeof actor === 'string' ? actor : null,
    request_id: String(request_id ?? ''),
    about: Object.fromEntries(
      Object.entries(about)
        .filter(([name]) => name !== 'key_hash')
        .map(shown),
    ),
  };
}

/** As JSON has it: integers of the store are exact, so they are texts where a number would not do. */
function shown([name, value]: [string, Value]): [string, unknown] {
  if (typeof value === 'bigint') return [name, Number.isSafeInteger(Number(value)) ? Number(value) : String(value)];
  return [name, value instanceof Date ? value.toISOString() : value];
}
