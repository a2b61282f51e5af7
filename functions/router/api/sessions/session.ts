import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import { toOwnerId, toReader } from '../../access/actor.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { readAsRollups } from '../usage/add-up-entries.ts';
import type { Group } from '../usage/usage-groups.ts';
import { encodeRow, encodeTotal, toRows, totalOf, type Used } from '../usage/usage-rows.ts';

/** Requests of a session that are looked at, the newest first. */
export const MAX_SESSION_REQUESTS = 10_000;
/** Every request is later: nothing was asked before the clocks began. */
const BEGINNING = new Date(0);

const groups: readonly Group[] = ['model', 'provider'];

export const sessionQuery = z.strictObject({
  owner_id: z.string().min(1).optional().describe('With the admin key: whose session.'),
});

/** `GET /v1/sessions/{id}`: what a conversation has used, found by an index of its own; `not_found` where nobody named it so. */
export async function getSession(call: Call, services: Services, session: string): Promise<Reply> {
  const reader = await toReader(call, services);
  const query = sessionQuery.safeParse(Object.fromEntries(call.query));
  if (!query.success) throw toValidationError(query.error);
  const ownerId = await toOwnerId(services, reader, query.data.owner_id);
  if (ownerId === null) {
    throw new MeshError('invalid_request_error', { param: 'owner_id', message: 'Say whose session is wanted.' });
  }
  let truncated = false;
  const seen: Seen = { first: null, last: null, clients: new Set() };
  const used = readAsRollups(services.documents, {
    ownerId,
    keyId: null,
    session,
    grain: 'day',
    range: { start: BEGINNING, end: new Date(services.now()) },
    wanted: () => true,
    most: MAX_SESSION_REQUESTS,
    onCut: () => {
      truncated = true;
    },
  });
  const rows = await toRows(noting(used, seen), groups);
  if (rows.length === 0) throw new MeshError('not_found', { message: 'There is no such session.' });
  const { input_tokens, cache_read_tokens } = totalOf(rows);
  return {
    status: 200,
    body: {
      id: session,
      owner_id: ownerId,
      first_at: seen.first?.toISOString(),
      last_at: seen.last?.toISOString(),
      ...encodeTotal(rows),
      cache_share: input_tokens === 0n ? null : shareOf(cache_read_tokens, input_tokens),
      clients: [...seen.clients],
      models: rows.map((row) => encodeRow(row, groups)),
      truncated,
    },
  };
}

interface Seen {
  first: Date | null;
  last: Date | null;
  clients: Set<string>;
}

/** Notes when the first and the last of them was, which come the newest first, and what they came from. */
async function* noting(used: AsyncIterable<Used>, seen: Seen): AsyncGenerator<Used> {
  for await (const each of used) {
    const { created_at, client } = each.entry?.data ?? {};
    if (created_at instanceof Date) {
      seen.first = created_at;
      seen.last ??= created_at;
    }
    if (typeof client === 'string') seen.clients.add(client);
    yield each;
  }
}

/** To four decimals. */
function shareOf(part: bigint, whole: bigint): number {
  return Number((part * 10_000n) / whole) / 10_000;
}
