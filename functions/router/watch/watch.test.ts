import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryLog } from '../../../test/support/memory-log.ts';
import { parseCatalogueFile } from '../../catalogue/catalogue-file.ts';
import { buildCatalogue } from '../../catalogue/load-catalogue.ts';
import { ALERT_RULES } from '../../core/alerts/alert-rules.ts';
import { ALERTS } from '../../core/alerts/alerts.ts';
import { newOwner, OWNERS } from '../../core/ledger/owners.ts';
import { fromDayAddition, noSums, placeOf, ROLLUPS } from '../../core/ledger/rollups.ts';
import type { Documents, Fields } from '../../core/store/documents.ts';
import { takeTurn } from '../../core/store/take-turn.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import type { Event } from '../../platform/events/events.ts';
import type { AlertPorts } from '../../platform/events/raise-alert.ts';
import { HOUR_MS } from '../api/usage/range.ts';
import { tellErrorShares } from './tell-error-shares.ts';
import { tellRetiring } from './tell-retiring.ts';
import { tellStatements } from './tell-statements.ts';
import { ERROR_SHARES_MS, watchJobs } from './watch-jobs.ts';

const NOON = Date.parse('2026-11-28T12:30:00Z');
let documents: Documents;
let ports: AlertPorts;
let log: ReturnType<typeof memoryLog>;
let sent: Event[];

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  log = memoryLog();
  sent = [];
  const publish = async (_topic: string, event: Event) => void sent.push(event);
  ports = { documents, log, events: { publish, close: async () => {} } };
});
afterEach(() => documents.close());

const set = (collection: string, id: string, data: Fields) =>
  documents.commit([{ kind: 'set', collection, id, data, expect: 'any' }]);

/** Usage of an owner at an hour (`2026-11-28T11`) that is counted. */
function use(period: string, requests: bigint, errors: bigint, more: Record<string, string> = {}, shard = 0n) {
  const [day = '', hour = ''] = period.split('T');
  const names = { owner_id: 'own_1', key_id: 'key_1', model: 'acme/large', provider: 'acme', currency: 'USD', ...more };
  const id = [...Object.values(names), day, hour, shard].join('|').replaceAll('/', '-');
  const sums = { ...noSums, requests, errors };
  const fields = { ...names, grain: 'day', period: day, place: `${placeOf('day', day)}|${id}`, shard };
  return set(ROLLUPS, id, fromDayAddition({ fields, sums, hours: new Map([[hour, sums]]) }));
}
const rule = (id: string, more: Fields = {}) =>
  set(ALERT_RULES, id, {
    rule_id: id,
    owner_id: 'own_1',
    model: null,
    provider: null,
    percent: 10n,
    window_hours: 1n,
    least_requests: 20n,
    ...more,
  });
const alerts = async () => (await documents.query({ collection: ALERTS })).map(({ data }) => data);
const toldOf = () => sent.map(({ data }) => data);

describe('a share of errors', () => {
  const judge = (now = NOON) => tellErrorShares(ports, now);

  test.each<[string, bigint, bigint, number]>([
    ['as high as its rule says is told', 20n, 2n, 1],
    ['lower is not', 21n, 2n, 0],
    ['of too few requests is not', 19n, 19n, 0],
    ['of nothing is not', 0n, 0n, 0],
  ])('%s', async (_name, requests, errors, times) => {
    await rule('arl_1');
    await use('2026-11-28T12', requests, errors);
    await judge();
    expect(toldOf()).toHaveLength(times);
  });

  test('says of what, how much of it, and whose it is', async () => {
    await rule('arl_1', { model: 'acme/large', provider: 'acme' });
    await use('2026-11-28T12', 40n, 10n);
    await judge();
    expect(toldOf()).toEqual([
      {
        kind: 'error_share',
        subject: 'arl_1|2026-11-28T12|10',
        at: new Date(NOON).toISOString(),
        rule_id: 'arl_1',
        owner_id: 'own_1',
        model: 'acme/large',
        provider: 'acme',
        requests: 40n,
        errors: 10n,
        percent: 10n,
        window_hours: 1n,
      },
    ]);
    expect(await alerts()).toMatchObject([{ kind: 'error_share', sent: true }]);
  });

  test('is of the hours that the window touches, of all shards, and of no other', async () => {
    await rule('arl_1', { window_hours: 2n });
    await use('2026-11-28T10', 10n, 1n);
    await use('2026-11-28T12', 10n, 1n, {}, 3n);
    await use('2026-11-28T09', 1_000n, 0n);
    await judge();
    expect(toldOf()).toMatchObject([{ requests: 20n, errors: 2n }]);
  });

  test('is of what its rule names alone', async () => {
    await rule('arl_1', { provider: 'acme' });
    await rule('arl_2', { owner_id: '', model: 'acme/large', provider: 'bolt' });
    await use('2026-11-28T12', 100n, 0n);
    await use('2026-11-28T12', 100n, 100n, { provider: 'bolt' });
    await use('2026-11-28T12', 100n, 100n, { owner_id: 'own_2', key_id: 'key_2', model: 'acme/small' });
    await judge();
    expect(toldOf()).toMatchObject([{ rule_id: 'arl_2', requests: 100n, errors: 100n }]);
    expect(toldOf()[0]).not.toHaveProperty('owner_id');
  });

  test('is told once in a window, and again in the next while it lasts', async () => {
    await rule('arl_1');
    await use('2026-11-28T12', 20n, 20n);
    for (const now of [NOON, NOON + 1, NOON + 29 * 60_000]) await judge(now);
    expect(sent).toHaveLength(1);
    await judge(NOON + HOUR_MS);
    expect(sent).toHaveLength(2);
  });

  test('of a rule that cannot be read is logged, and the others are judged', async () => {
    await rule('arl_1', { percent: 'many' });
    await rule('arl_2');
    await use('2026-11-28T12', 20n, 20n);
    await judge();
    expect(toldOf()).toMatchObject([{ rule_id: 'arl_2' }]);
    expect(log.lines.map((line) => JSON.stringify(line)).join()).toContain('arl_1');
  });
});

describe('a model that retires', () => {
  const endpoints = [{ provider: 'acme', model: 'large', price: { input: '1', output: '1' } }];
  const model = (retires_at: string | null) => ({
    context_length: 1_000,
    max_output_tokens: 100,
    endpoints,
    retires_at,
  });
  const catalogue = buildCatalogue([
    parseCatalogueFile({
      providers: { acme: { format: 'chat', base_url: 'https://acme.test', auth: { type: 'none' } } },
      models: { 'acme/large': model('2026-12-31'), 'acme/other': model('2026-12-31'), 'acme/stays': model(null) },
    }),
  ]);
  const on = (day: string) => tellRetiring(ports, catalogue, Date.parse(day));

  test('is told to who used it of late, and to nobody else', async () => {
    await use('2026-11-28T12', 1n, 0n);
    await use('2026-10-20T12', 1n, 0n, { owner_id: 'own_2' });
    await use('2026-11-28T12', 1n, 0n, { owner_id: 'own_3', model: 'acme/stays' }, 2n);
    await on('2026-12-01');
    expect(toldOf()).toEqual([
      {
        kind: 'model_retiring',
        subject: 'own_1|acme/large|2026-12-31|30',
        at: '2026-12-01T00:00:00.000Z',
        owner_id: 'own_1',
        model: 'acme/large',
        retires_at: '2026-12-31',
        days: 30n,
      },
    ]);
  });

  test('is told once for each of 30, 7 and 1 days, and not before or after', async () => {
    const days: Record<string, number> = {};
    for (let day = Date.parse('2026-11-25'); day < Date.parse('2027-01-10'); day += 24 * HOUR_MS) {
      const name = new Date(day).toISOString().slice(0, 10);
      await use(`${name}T12`, 1n, 0n);
      for (const hours of [0, 6, 12]) await tellRetiring(ports, catalogue, day + hours * HOUR_MS);
      for (const { subject } of toldOf()) days[name] = Number(String(subject).split('|').at(-1));
      sent = [];
    }
    expect(days).toEqual({ '2026-12-01': 30, '2026-12-24': 7, '2026-12-30': 1 });
  });

  test('is told of its last threshold alone, where the others were missed', async () => {
    await use('2026-12-20T12', 1n, 0n);
    await on('2026-12-28');
    expect(toldOf().map(({ days }) => days)).toEqual([7n]);
  });

  test('is told to the rest by the next run, where one died in the middle', async () => {
    for (const owner_id of ['own_1', 'own_2', 'own_3']) await use('2026-12-20T12', 1n, 0n, { owner_id });
    const { publish } = ports.events;
    let left = 1;
    ports.events.publish = async (topic, event) => {
      if (left-- === 0) throw new Error('dies');
      await publish(topic, event);
    };
    await expect(on('2026-12-24')).rejects.toThrow('dies');
    ports.events.publish = publish;
    await on('2026-12-24');
    // What could not be sent has its document, and the sweep sends it.
    expect((await alerts()).map(({ subject, sent: isSent }) => [String(subject).split('|')[0], isSent])).toEqual(
      expect.arrayContaining([
        ['own_1', true],
        ['own_2', false],
        ['own_3', true],
      ]),
    );
    expect(sent).toHaveLength(2);
  });
});

describe('a statement', () => {
  const owner = (id: string, createdAt: string) =>
    set(OWNERS, id, newOwner(id, 'USD', new Date(createdAt), { name: id }));
  const at = (now: string) => tellStatements(ports, Date.parse(now));

  test('is ready an hour after its month, once for each owner that was there', async () => {
    await owner('own_1', '2026-01-01T00:00:00Z');
    await owner('own_2', '2026-10-31T23:59:59Z');
    await owner('own_3', '2026-11-01T00:00:00Z');
    await at('2026-11-01T00:59:59Z');
    expect(toldOf().map(({ month }) => month)).toEqual(['2026-09']);
    sent = [];
    for (const now of ['2026-11-01T01:00:00Z', '2026-11-01T01:30:00Z', '2026-11-30T23:00:00Z']) await at(now);
    expect(toldOf()).toMatchObject([
      { kind: 'statement_ready', subject: 'own_1|2026-10', owner_id: 'own_1', month: '2026-10' },
      { kind: 'statement_ready', subject: 'own_2|2026-10', owner_id: 'own_2', month: '2026-10' },
    ]);
  });

  test('of December is ready in January', async () => {
    await owner('own_1', '2026-01-01T00:00:00Z');
    await at('2027-01-01T01:00:00Z');
    expect(toldOf()).toMatchObject([{ month: '2026-12' }]);
  });

  test('is told once by two that look at the same time', async () => {
    for (let n = 1; n <= 5; n++) await owner(`own_${n}`, '2026-01-01T00:00:00Z');
    await Promise.all([at('2026-11-01T02:00:00Z'), at('2026-11-01T02:00:00Z')]);
    expect(sent).toHaveLength(5);
  });
});

describe('a turn', () => {
  test('is one instance’s, however many ask at once, and comes again', async () => {
    const ask = (now: number) => Promise.all(Array.from({ length: 5 }, () => takeTurn(documents, 'x', 1_000, now)));
    expect((await ask(NOON)).filter(Boolean)).toHaveLength(1);
    expect((await ask(NOON + 999)).filter(Boolean)).toHaveLength(0);
    expect((await ask(NOON + 1_000)).filter(Boolean)).toHaveLength(1);
  });

  test('is taken for each job apart', async () => {
    const catalogue = () => buildCatalogue([]);
    await set(OWNERS, 'own_1', newOwner('own_1', 'USD', new Date(0), { name: 'a' }));
    await rule('arl_1');
    await use('2026-11-28T12', 20n, 20n);
    let now = NOON;
    const jobs = [1, 2].flatMap(() => watchJobs({ ...ports, catalogue, now: () => now }));
    await Promise.all(jobs.map((job) => job.run()));
    expect(
      toldOf()
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['error_share', 'statement_ready']);
    now += ERROR_SHARES_MS;
    expect(jobs.map(({ name }) => name)).toHaveLength(6);
  });
});
