import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { FAILED_REQUESTS } from '../../functions/core/ledger/failed-requests.ts';
import { failureWrites } from '../../functions/core/ledger/failure-writes.ts';
import { costInNanos, type Hold, postWrites } from '../../functions/core/ledger/holds.ts';
import { readOwner, writeOwner } from '../../functions/core/ledger/owners.ts';
import {
  addAdditions,
  addUpDays,
  type DayAddition,
  fromDayAddition,
  ROLLUPS,
} from '../../functions/core/ledger/rollups.ts';
import { addSpending, dayOf, fromSpending, onDay, SPENDING, toSpending } from '../../functions/core/ledger/spending.ts';
import type { FxRate } from '../../functions/core/money/fx.ts';
import type { Currency, Nanos } from '../../functions/core/money/money.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Document, Documents, Fields, Write } from '../../functions/core/store/documents.ts';

export interface Seeding {
  ownerId: string;
  currency: Currency;
  /** They take turns. */
  keyIds: readonly string[];
  count: number;
  /** When the last of them was; Unix milliseconds. The others are spread evenly over the `days` before. */
  until: number;
  days: number;
}

const DAY_MS = 86_400_000;
/** Writes of one commit. */
const AT_ONCE = 500;
const fx: FxRate = { rate: 88_000_000n, asOf: '2026-11-01', source: 'seeded' };
const models = ['acme/large', 'acme/small', 'other/fast', 'other/deep'] as const;
const clients = ['claude-code', 'codex', 'openai-python', 'cursor'] as const;
/** One request in so many failed. */
const FAILED_EVERY = 40;
/** Requests of one session. */
const SESSION_LENGTH = 25;

/**
 * Writes requests as a router would have, without any: charges, failures, rollups, and the sums that the books are checked by. What
 * they cost is put in by a topup, so that the balance stays as it is. The same numbers make the same requests.
 */
export async function seedRequests(documents: Documents, seeding: Seeding): Promise<void> {
  const rollups = new Map<string, DayAddition>();
  const spent = new Map<string, Nanos>();
  for (let at = 0; at < seeding.count; at += AT_ONCE) {
    const size = Math.min(AT_ONCE, seeding.count - at);
    const writes = Array.from({ length: size }, (_, index) => requestWrite(at + index, seeding));
    const charges = writes.map(({ id, data }): Document => ({ id, version: '', data: data as Document['data'] }));
    for (const [id, addition] of addUpDays(charges, 0)) {
      const before = rollups.get(id);
      rollups.set(id, before === undefined ? addition : addAdditions(before, addition));
    }
    for (const { data } of charges) {
      const keyId = String(data.key_id);
      spent.set(keyId, (spent.get(keyId) ?? 0n) + (data.amount as bigint));
    }
    await documents.commit(writes);
  }
  const writes = [...rollups].map(([id, addition]): Write => {
    return { kind: 'set', collection: ROLLUPS, id, data: fromDayAddition(addition), expect: 'any' };
  });
  for (let at = 0; at < writes.length; at += AT_ONCE) await documents.commit(writes.slice(at, at + AT_ONCE));
  await keepBooks(documents, seeding, spent);
}

type SetWrite = Extract<Write, { kind: 'set' }>;

function requestWrite(n: number, { ownerId, currency, keyIds, count, until, days }: Seeding): SetWrite {
  const at = new Date(Math.floor(until - ((count - 1 - n) * days * DAY_MS) / count));
  const keyId = keyIds[n % keyIds.length] ?? '';
  const requestId = `req_${ownerId.slice(-10)}${String(n).padStart(9, '0')}`;
  const hold: Hold = { requestId, ownerId, keyId, currency, amount: 50_000_000n, fx };
  const charge = { cost: BigInt(1 + (n % 997)) * 1_000_000n, facts: factsOf(n, at) };
  if (n % FAILED_EVERY === FAILED_EVERY - 1) {
    const failed = { ...charge.facts, outcome: 'failed', error: 'upstream_error', output_tokens: 0n };
    const made = failureWrites(hold, failed, at).find(
      (write): write is SetWrite => write.kind === 'set' && write.collection === FAILED_REQUESTS,
    );
    if (made !== undefined) return made;
  }
  const amount = costInNanos(charge, hold);
  return postWrites(hold, charge, { amount, overage: 0n, writtenOff: 0n }, at).charge;
}

function factsOf(n: number, at: Date): Fields {
  const model = models[(n * 7 + Math.floor(n / 11)) % models.length] ?? models[0];
  const provider = model.split('/')[0] ?? '';
  const endpoint = `${provider}/${model}`;
  const totalMs = 400 + ((n * 37) % 3_000);
  return {
    session: `session-${Math.floor(n / SESSION_LENGTH)}`,
    client: clients[(n * 3) % clients.length] ?? clients[0],
    surface: n % 3 === 0 ? 'messages' : 'chat',
    streamed: true,
    requested_model: model,
    started_at: new Date(at.getTime() - totalMs),
    queue_ms: 1n,
    hold_ms: 3n,
    decision: JSON.stringify({ profile: 'balanced', order: [[endpoint, 0.2, '0.001', 400]], out: [], of: [1, 0] }),
    model,
    endpoint,
    provider,
    outcome: 'finished',
    finish_reason: 'stop',
    basis: 'exact',
    input_tokens: BigInt(200 + (n % 5_000)),
    cache_read_tokens: BigInt(n % 150),
    cache_write_tokens: 0n,
    output_tokens: BigInt(20 + (n % 900)),
    reasoning_tokens: 0n,
    first_token_ms: BigInt(Math.floor(totalMs / 3)),
    total_ms: BigInt(totalMs),
    attempts: [{ endpoint, model, provider, outcome: 'ok', started_ms: 0n, latency_ms: 120n, breaker: 'normal' }],
  };
}

/** What was charged was put in before, and counts as spent. */
async function keepBooks(documents: Documents, seeding: Seeding, spent: ReadonlyMap<string, Nanos>): Promise<void> {
  const { ownerId, currency, until } = seeding;
  const today = dayOf(until);
  const total = [...spent.values()].reduce((sum, amount) => sum + amount, 0n);
  const entryId = `top_${ownerId}_seeded`;
  await documents.transaction(async (tx) => {
    const owner = await readOwner(tx, ownerId);
    const keys = await Promise.all([...spent.keys()].map((keyId) => tx.get(SPENDING, documentId(keyId))));
    const own = addSpending(onDay(owner.spending, today), today, total, 0);
    writeOwner(tx, owner, { available: owner.available, leased: owner.leased, spending: own });
    const topup = { entry_id: entryId, owner_id: ownerId, kind: 'topup', amount: total, currency, reference: 'seeded' };
    const data = { ...topup, created_at: new Date(until - seeding.days * DAY_MS) };
    tx.write({ kind: 'set', collection: ENTRIES, id: documentId(entryId), data, expect: 'absent' });
    for (const [index, [keyId, amount]] of [...spent].entries()) {
      const before = keys[index]?.data.spending;
      const spending = addSpending(onDay(toSpending(before), today), today, amount, 0);
      const fields = { key_id: keyId, owner_id: ownerId, spending: fromSpending(spending) };
      tx.write({ kind: 'set', collection: SPENDING, id: documentId(keyId), data: fields, expect: 'any' });
    }
  });
}
