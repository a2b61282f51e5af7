import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { memoryLog } from '../../../test/support/memory-log.ts';
import type { BreakerChange } from '../../core/health/breaker-entry.ts';
import type { Documents } from '../../core/store/documents.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { tellOpenBreakers } from './open-breakers.ts';

const HOUR_MS = 3_600_000;
const opened: BreakerChange = {
  endpoint: 'acme/large',
  from: 'closed',
  to: 'open',
  reason: 'failures_in_a_row',
  generation: 1,
  shared: true,
};

let documents: Documents;
let now: number;
let published: unknown[];
let tell: (changes?: Partial<BreakerChange>) => Promise<void>;

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  now = Date.UTC(2026, 0, 2, 3);
  published = [];
  const events = {
    publish: async (_topic: string, { data }: { data: object }) => void published.push(data),
    close: async () => {},
  };
  let running: Promise<void> = Promise.resolve();
  const background = {
    run: (_name: string, work: () => Promise<void> | void) => {
      running = Promise.resolve(work());
      return running;
    },
    every: () => {},
    close: () => {},
  };
  const change = tellOpenBreakers({ documents, events, log: memoryLog() }, background, () => now);
  tell = (changes = {}) => {
    change({ ...opened, ...changes });
    return running;
  };
});
afterEach(() => documents.close());

test('an operator is told that a breaker opened for all, with its reason, once an hour of each endpoint', async () => {
  await tell();
  await tell({ generation: 3 });
  expect(published).toEqual([
    {
      kind: 'breaker_open',
      subject: 'acme/large|2026-01-02T03',
      at: '2026-01-02T03:00:00.000Z',
      endpoint: 'acme/large',
      reason: 'failures_in_a_row',
    },
  ]);
  await tell({ endpoint: 'acme/small' });
  now += HOUR_MS;
  await tell({ generation: 5 });
  expect(published).toHaveLength(3);
});

test.each<[string, Partial<BreakerChange>]>([
  ['what one instance alone goes by', { shared: false }],
  ['a probe that failed', { from: 'half_open' }],
  ['a breaker that closes', { from: 'half_open', to: 'closed' }],
  ['a probe that begins', { from: 'open', to: 'half_open' }],
])('%s is not told of', async (_name, changes) => {
  await tell(changes);
  expect(published).toEqual([]);
});
