import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { memoryLog } from '../../../test/support/memory-log.ts';
import type { LiveHold } from '../../core/leases/hold-state.ts';
import type { Posted } from '../../core/leases/post-hold.ts';
import type { Charge } from '../../core/ledger/holds.ts';
import { MAX_CHARGES_PER_MESSAGE } from '../../core/ledger/usage-event.ts';
import { BUILT_IN_RATE } from '../../core/money/exchange-rates.ts';
import { createBackground } from '../../platform/background/background.ts';
import type { Event } from '../../platform/events/events.ts';
import { silentMetrics } from '../../platform/telemetry/telemetry.ts';
import { createPostings, type Postings } from './postings.ts';
import { GATHER_MS } from './publish-charges.ts';

let log: ReturnType<typeof memoryLog>;
let published: Event[];
let publish: () => Promise<void>;
let unmetered: Set<string>;
let postings: Postings;

beforeEach(() => {
  jest.useFakeTimers();
  log = memoryLog();
  published = [];
  publish = async () => {};
  unmetered = new Set();
  postings = createPostings({
    log,
    metrics: silentMetrics,
    background: createBackground({ log, metrics: silentMetrics, monotonic: () => 0 }),
    unmetered,
    events: {
      publish(_topic, event) {
        published.push(event);
        return publish();
      },
    },
  });
});
afterEach(() => void jest.useRealTimers());

const asCharged: Posted = { amount: 5n, overage: 0n, writtenOff: 0n, lost: false };
interface Odd {
  posted?: Partial<Posted>;
  trace?: Charge['trace'];
  basis?: string;
  short?: boolean;
}
function post(requestId: string, { posted = {}, trace = null, basis = 'exact', short = false }: Odd = {}) {
  const hold = { requestId, ownerId: 'own_1', keyId: 'key_1', currency: 'USD', amount: 9n, fx: BUILT_IN_RATE, short };
  const charge: Charge = { cost: 5_000n, facts: { endpoint: 'acme/m', basis }, trace };
  postings.posted(hold as unknown as LiveHold, charge, { ...asCharged, ...posted });
}
const told = () =>
  published.map(({ id, data }) => [id, ...(data.charges as { request_id: string }[]).map((one) => one.request_id)]);

describe('consumers', () => {
  test('are told of charges together, when the first has waited long enough', async () => {
    post('req_1');
    await jest.advanceTimersByTimeAsync(GATHER_MS - 1);
    post('req_2');
    expect(told()).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(told()).toEqual([['req_1', 'req_1', 'req_2']]);
    await jest.advanceTimersByTimeAsync(GATHER_MS * 2);
    expect(published).toHaveLength(1);
  });

  test('are told at once when there are as many as a message holds', () => {
    for (let n = 1; n <= MAX_CHARGES_PER_MESSAGE; n++) {
      expect(published).toEqual([]);
      post(`req_${n}`);
    }
    expect(told()[0]).toHaveLength(1 + MAX_CHARGES_PER_MESSAGE);
  });

  test('are told at once, apart, of a charge whose trace is followed', () => {
    post('req_1');
    post('req_2', { trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true } });
    expect(told()).toEqual([['req_2', 'req_2']]);
    expect(published[0]?.trace).toBe(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
    postings.flush();
    expect(told()).toEqual([
      ['req_2', 'req_2'],
      ['req_1', 'req_1'],
    ]);
  });

  test('are told of a charge that came after a message no sooner than of any other', async () => {
    post('req_1');
    post('req_2');
    postings.flush();
    await jest.advanceTimersByTimeAsync(GATHER_MS / 2);
    post('req_3');
    await jest.advanceTimersByTimeAsync(GATHER_MS - 1);
    expect(told()).toEqual([['req_1', 'req_1', 'req_2']]);
    await jest.advanceTimersByTimeAsync(1);
    expect(told().at(-1)).toEqual(['req_3', 'req_3']);
  });

  test('are told of what waits before the router ends', () => {
    post('req_1');
    postings.flush();
    postings.flush();
    expect(told()).toEqual([['req_1', 'req_1']]);
  });
});

test.each<[string, () => Promise<void>]>([
  ['fails', () => Promise.reject(new RangeError('with a secret in it'))],
  [
    'throws',
    () => {
      throw new RangeError('with a secret in it');
    },
  ],
])('a message that %s is named, and the next is sent', async (_how, failing) => {
  publish = failing;
  post('req_1');
  await jest.advanceTimersByTimeAsync(GATHER_MS);
  expect(log.lines.map(({ fields }) => [fields.code, fields.job, fields.error, fields.request_id])).toEqual([
    ['background_failed', 'publish_charges', 'RangeError', 'req_1'],
  ]);
  publish = async () => {};
  post('req_2');
  await jest.advanceTimersByTimeAsync(GATHER_MS);
  expect(told().at(-1)).toEqual(['req_2', 'req_2']);
});

describe('a charge that is odd', () => {
  test.each<[string, Partial<Posted>]>([
    ['its owner paid the rest', { overage: 1n }],
    ['nobody pays the rest', { writtenOff: 1n }],
  ])('went beyond its hold, and %s: it is told of, and its endpoint is remembered', (_who, posted) => {
    post('req_1', { posted });
    postings.flush();
    expect(log.lines.map(({ level, fields }) => [level, fields.request_id, fields.endpoint])).toEqual([
      ['error', 'req_1', 'acme/m'],
    ]);
    expect([...unmetered]).toEqual(['acme/m']);
    expect(told()).toEqual([['req_1', 'req_1']]);
  });

  test.each<[string, Odd]>([
    ['which was short', { short: true }],
    ['by a report that cannot be true', { basis: 'capped' }],
  ])('went beyond its hold, %s: it is told of, and its endpoint goes on being metered', (_why, odd) => {
    post('req_1', { posted: { overage: 1n }, ...odd });
    expect(log.lines).toHaveLength(1);
    expect(unmetered.size).toBe(0);
  });

  test('was lost with its lease: it is told of, and consumers hear of no charge', () => {
    post('req_1', { posted: { lost: true, overage: 1n } });
    postings.flush();
    expect(log.lines.map(({ level, fields }) => [level, fields.request_id])).toEqual([['error', 'req_1']]);
    expect(published).toEqual([]);
    expect(unmetered.size).toBe(0);
  });
});
