import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from '../../../../test/support/fast-check.ts';
import { CHANGES } from '../../../core/changes.ts';
import { ENTRIES } from '../../../core/ledger/entries.ts';
import { postWrites } from '../../../core/ledger/holds.ts';
import { notedWrites } from '../../../core/ledger/outbox.ts';
import { newOwner, OWNERS } from '../../../core/ledger/owners.ts';
import { setRate, storeRate } from '../../../core/money/exchange-rates.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Document, Documents } from '../../../core/store/documents.ts';
import { openSqliteDocuments } from '../../../platform/documents/sqlite-documents.ts';
import { countUsage } from '../../../usage/count-usage.ts';
import { monthsUntil, toMonth } from './month.ts';
import { MAX_STATEMENT_LINES, readStatement } from './read-statement.ts';
import { toStatementCsv } from './statement-csv.ts';

const begin = Date.UTC(2026, 7, 20);
const DAY_MS = 86_400_000;
const fx = { rate: 88_000_000n, asOf: '2026-08-01', source: 'test' };
let documents: Documents;
let owner: Document;

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  const data = newOwner('own_a', 'USD', new Date(begin), { name: 'Acme' }) as Document['data'];
  owner = { id: documentId('own_a'), version: '', data };
  await documents.commit([{ kind: 'set', collection: OWNERS, id: owner.id, data, expect: 'absent' }]);
});
afterEach(() => documents.close());

interface Act {
  kind: 'topup' | 'adjustment' | 'refund' | 'charge';
  /** Nanos; of a charge what it cost, of which `overage` went beyond its hold. */
  amount: bigint;
  overage?: bigint;
  at: number;
}

let acts = 0;
async function enter({ kind, amount, overage = 0n, at }: Act): Promise<void> {
  const id = `act_${acts++}`;
  const created_at = new Date(at);
  if (kind !== 'charge') {
    const data = { entry_id: id, owner_id: 'own_a', kind, amount, currency: 'USD', reference: id, created_at };
    await documents.commit([{ kind: 'set', collection: ENTRIES, id: documentId(id), data, expect: 'absent' }]);
    return;
  }
  const hold = { requestId: id, ownerId: 'own_a', keyId: 'key_a', currency: 'USD', amount: 0n, fx } as const;
  const facts = { model: `acme/${amount % 3n}`, provider: 'acme', outcome: 'finished', input_tokens: 2n };
  const posting = { amount, overage, writtenOff: 0n };
  const { charge, others } = postWrites(hold, { cost: amount * 1_000n, facts }, posting, created_at);
  await documents.commit([...notedWrites(charge), ...others]);
  await countUsage(documents, { charges: [{ request_id: id }] });
}

/** As when `MESH_ENTRY_DAYS` are over for all of them. */
async function forgetAllCharges(): Promise<void> {
  for (const { id, data } of await documents.query({ collection: ENTRIES })) {
    if (data.kind !== 'charge' && data.kind !== 'overage') continue;
    await documents.commit([{ kind: 'delete', collection: ENTRIES, id, expect: 'present' }]);
  }
}

const statementOf = (month: string) => {
  const range = toMonth(month);
  if (range === null) throw new Error(month);
  return readStatement(documents, owner, range);
};

test('whatever came when, each month opens with what the one before closed with, and the last has all of it', async () => {
  const act = fc.record({
    kind: fc.constantFrom<Act['kind']>('topup', 'adjustment', 'refund', 'charge'),
    amount: fc.bigInt({ min: 1n, max: 10n ** 15n }),
    overage: fc.constantFrom(0n, 1n),
    // To the ends of months too.
    at: fc.oneof(
      fc.integer({ min: begin, max: begin + 100 * DAY_MS }),
      fc.constantFrom(Date.UTC(2026, 8, 1), Date.UTC(2026, 8, 1) - 1, Date.UTC(2026, 9, 1), Date.UTC(2026, 9, 1) - 1),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (history) => {
      await documents.close();
      documents = await openSqliteDocuments(':memory:');
      for (const each of history) await enter(each);
      const months = monthsUntil(new Date(begin), new Date(begin + 101 * DAY_MS));
      const statements = [];
      for (const range of months) statements.push(await readStatement(documents, owner, range));
      let closing = 0n;
      for (const statement of statements) {
        expect(statement.opening).toBe(closing);
        const { sums, charged } = statement;
        closing = statement.opening + sums.topup + sums.adjustment + sums.refund - charged.amount;
        expect(statement.closing).toBe(closing);
      }
      expect(closing).toBe(
        history.reduce((sum, { kind, amount }) => (kind === 'charge' ? sum - amount : sum + amount), 0n),
      );
      // When the lines of charges are not kept any more, an old month is said as on its first day.
      await forgetAllCharges();
      for (const [at, range] of months.entries()) {
        expect(await readStatement(documents, owner, range)).toEqual(statements[at]);
      }
    }),
    { numRuns: 30 },
  );
});

test('a month says what was put in, and what was charged by model in both currencies', async () => {
  await enter({ kind: 'topup', amount: 9_000n, at: begin });
  await enter({ kind: 'charge', amount: 3_000n, at: begin + DAY_MS });
  await enter({ kind: 'charge', amount: 1_000n, overage: 400n, at: begin + 20 * DAY_MS });
  await enter({ kind: 'charge', amount: 4n, at: begin + 20 * DAY_MS });
  await enter({ kind: 'refund', amount: 400n, at: begin + 21 * DAY_MS });
  const statement = await statementOf('2026-09');
  expect(statement).toMatchObject({
    opening: 6_000n,
    sums: { topup: 0n, adjustment: 0n, refund: 400n },
    lines: [{ kind: 'refund', amount: 400n }],
    truncated: false,
    charges: [{ names: ['acme/1', 'acme'], sums: { requests: 2n, amount: 1_004n, usd: 1_004n, inr: 88_352n } }],
    closing: 5_396n,
  });
  expect((await statementOf('2026-07')).closing).toBe(0n);
});

test('the amounts of a file add up to its last one, also where not all lines are listed', async () => {
  await enter({ kind: 'topup', amount: 5_000n, at: begin });
  const writes = Array.from({ length: MAX_STATEMENT_LINES + 7 }, (_, n) => {
    const data = {
      ...{ entry_id: `many_${n}`, owner_id: 'own_a', kind: 'topup', amount: 3n, currency: 'USD' },
      ...{ reference: '=1+1', created_at: new Date(Date.UTC(2026, 8, 2) + n) },
    };
    return { kind: 'set', collection: ENTRIES, id: documentId(`many_${n}`), data, expect: 'absent' } as const;
  });
  await documents.commit(writes);
  await enter({ kind: 'charge', amount: 2_001n, at: Date.UTC(2026, 8, 3) });
  const statement = await statementOf('2026-09');
  expect([statement.lines.length, statement.truncated]).toEqual([MAX_STATEMENT_LINES, true]);
  const csv = toStatementCsv(statement);
  const [head = [], ...rows] = csv
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
  const at = head.indexOf('amount');
  const amounts = rows.map((cells) => Math.round(Number(cells[at]) * 1e9));
  expect(amounts.at(-1)).toBe(5_000 + 3 * (MAX_STATEMENT_LINES + 7) - 2_001);
  expect(amounts.slice(0, -1).reduce((sum, amount) => sum + amount, 0)).toBe(amounts.at(-1));
  // What a caller wrote is text in a spreadsheet.
  expect(csv).toContain(",'=1+1,");
});

test('it names the rates that were in force: the one that there was, and those that came', async () => {
  expect((await statementOf('2026-09')).rates).toMatchObject([{ source: 'built-in' }]);
  const store = (rate: bigint, asOf: string, at: number) =>
    storeRate(documents, { rate, asOf, source: 'ecb' }, new Date(at), false);
  await store(86_000_000n, '2026-08-27', Date.UTC(2026, 7, 27, 18));
  await store(87_000_000n, '2026-08-31', Date.UTC(2026, 7, 31, 18));
  await store(88_000_000n, '2026-09-01', Date.UTC(2026, 8, 1, 18));
  const audit = { kind: 'set', collection: CHANGES, id: 'c', data: {}, expect: 'absent' } as const;
  const manual = { rate: 88_500_000n, asOf: '2026-09-02' };
  await setRate(documents, manual, { now: new Date(Date.UTC(2026, 8, 2)), confirmed: false, audit });
  await store(89_000_000n, '2026-10-01', Date.UTC(2026, 9, 1, 18));
  const rates = async (month: string) => (await statementOf(month)).rates.map(({ rate, source }) => [rate, source]);
  expect(await rates('2026-09')).toEqual([
    [87_000_000n, 'ecb'],
    [88_000_000n, 'ecb'],
    [88_500_000n, 'manual'],
  ]);
  expect(await rates('2026-11')).toEqual([[89_000_000n, 'ecb']]);
});

test.each(['2026-13', '2026-00', '2026-1', '26-01', '2026-11-01', ' 2026-11', '', 'own_a'])('%j is no month', (text) =>
  expect(toMonth(text)).toBeNull(),
);
