import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryLog } from '../../test/support/memory-log.ts';
import { isJump, RATES, toRate, USD_INR } from '../core/money/exchange-rates.ts';
import type { Documents } from '../core/store/documents.ts';
import { openSqliteDocuments } from '../platform/documents/sqlite-documents.ts';
import { parseRateReply } from './parse-rate.ts';
import { fetchText, MAX_SOURCE_BYTES, readSources, refreshRate } from './refresh-rate.ts';

const ecb = (inr: string, day = '2026-11-20') => `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope><Cube><Cube time='${day}'>
<Cube currency='USD' rate='1.0850'/><Cube currency='JPY' rate='164.05'/><Cube currency='INR' rate='${inr}'/>
</Cube></Cube></gesmes:Envelope>`;

describe('what a source sends', () => {
  test('the ECB quotes both per euro', () => {
    // 95.8055 / 1.085 = 88.3
    expect(parseRateReply(ecb('95.8055'), 'ecb')).toEqual({ rate: 88_300_000n, asOf: '2026-11-20', source: 'ecb' });
  });
  test('others quote per dollar, or per euro, in JSON', () => {
    expect(parseRateReply('{"base":"USD","date":"2026-11-20","rates":{"INR":88.31}}', 'x')?.rate).toBe(88_310_000n);
    expect(
      parseRateReply('{"base":"EUR","date":"2026-11-20","rates":{"INR":"95.8055","USD":"1.085"}}', 'x')?.rate,
    ).toBe(88_300_000n);
  });
  test.each([
    '',
    '<html>',
    '{',
    '{}',
    '[]',
    'null',
    ecb('0'),
    ecb('-3'),
    ecb('x'),
    '{"base":"USD","date":"today","rates":{"INR":88}}',
    '{"base":"USD","date":"2026-11-20","rates":{}}',
  ])('%j is no rate', (text) => expect(parseRateReply(text, 'x')).toBeNull());
});

test.each([
  [88_000_000n, 92_400_000n, false],
  [88_000_000n, 92_400_001n, true],
  [88_000_000n, 83_599_999n, true],
  [88_000_000n, 880_000n, true],
])('from %s to %s is a jump: %s', (from, to, jump) => expect(isJump(from, to)).toBe(jump));

describe('a refresh', () => {
  let documents: Documents;
  let server: Server;
  let url: string;
  let answer: { status: number; body: string };
  const log = memoryLog();
  const published: unknown[] = [];
  const events = {
    publish: async (_topic: string, event: unknown) => void published.push(event),
    close: async () => {},
  };
  const refresh = () => refreshRate({ documents, events, log, urls: [url], fetchText });
  const stored = async () => {
    const document = await documents.get(RATES, USD_INR);
    return document === null ? null : toRate(document);
  };

  beforeAll(async () => {
    server = createServer((_req, res) => res.writeHead(answer.status).end(answer.body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/daily.xml`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    documents = await openSqliteDocuments(':memory:', { now: () => Date.UTC(2026, 10, 23, 12) });
    answer = { status: 200, body: ecb('95.8055') };
  });
  afterEach(() => documents.close());

  test('stores the rate, and keeps its history', async () => {
    expect(await refresh()).toBe('stored');
    answer.body = ecb('96', '2026-11-21');
    expect(await refresh()).toBe('stored');
    expect(await stored()).toMatchObject({ rate: 88_479_263n, asOf: '2026-11-21', source: '127.0.0.1' });
    expect((await documents.query({ collection: RATES })).map(({ id }) => id)).toEqual([
      'USD_INR',
      'USD_INR.2026-11-20',
      'USD_INR.2026-11-21',
    ]);
  });

  test('changes nothing on a day without a new quotation', async () => {
    await refresh();
    expect(await refresh()).toBe('unchanged');
    answer.body = ecb('90', '2026-11-19');
    expect(await refresh()).toBe('unchanged');
  });

  test.each<[string, { status: number; body: string }, string]>([
    ['the source is down', { status: 503, body: '' }, 'failed'],
    ['the source is missing', { status: 404, body: ecb('96', '2026-11-21') }, 'failed'],
    ['the source sends something else', { status: 200, body: '<html>' }, 'failed'],
    ['the source sends too much', { status: 200, body: ' '.repeat(MAX_SOURCE_BYTES + 1) }, 'failed'],
    ['the rate jumps', { status: 200, body: ecb('9.6', '2026-11-21') }, 'refused'],
  ])('goes on with the last rate when %s', async (_name, bad, outcome) => {
    await refresh();
    answer = bad;
    expect(await refresh()).toBe(outcome);
    expect((await stored())?.rate).toBe(88_300_000n);
  });
});

describe('several sources', () => {
  let documents: Documents;
  let now: number;
  let replies: Record<string, string>;
  let alerts: Record<string, unknown>[];
  const urls = ['https://one.example/a', 'https://one.example/b', 'https://two.example/a'];
  const quote = (inr: string, day: string) => JSON.stringify({ base: 'USD', date: day, rates: { INR: inr } });
  const refresh = () =>
    refreshRate({
      documents,
      events: { publish: async (_topic, { data }) => void alerts.push(data), close: async () => {} },
      log: memoryLog(),
      urls,
      fetchText: async (url) => {
        const reply = replies[url.slice('https://'.length)];
        if (reply === undefined) throw new Error('down');
        return reply;
      },
    });
  const current = async () => toRate((await documents.get(RATES, USD_INR)) as never);

  beforeEach(async () => {
    now = Date.UTC(2026, 10, 20, 18);
    alerts = [];
    documents = await openSqliteDocuments(':memory:', { now: () => now });
    replies = { 'one.example/a': quote('88', '2026-11-20') };
    await refresh();
  });
  afterEach(() => documents.close());

  test('the next one is asked where the first has no rate that can be believed', async () => {
    for (const bad of ['<html>', quote('0.5', '2026-11-21'), quote('88', '2027-01-01'), quote('88', '2026-13-41')]) {
      replies = { 'one.example/a': bad, 'two.example/a': quote('89', '2026-11-21') };
      now += 1;
      expect(['stored', 'unchanged']).toContain(await refresh());
      expect(await current()).toMatchObject({ rate: 89_000_000n, source: 'two.example' });
    }
  });

  test('a jump is believed where another house says the same', async () => {
    replies = { 'one.example/a': quote('95', '2026-11-21'), 'two.example/a': quote('95.5', '2026-11-21') };
    expect(await refresh()).toBe('stored');
    expect((await current()).rate).toBe(95_000_000n);
    expect(alerts).toEqual([]);
  });

  test.each([
    ['nobody else answers', {}],
    ['the same house says it twice', { 'one.example/b': quote('95', '2026-11-21') }],
    ['another house says otherwise', { 'two.example/a': quote('88.2', '2026-11-21') }],
  ])('a jump is refused and told of where %s', async (_name, others) => {
    replies = { 'one.example/a': quote('95', '2026-11-21'), ...(others as Record<string, string>) };
    expect(await refresh()).toBe('refused');
    await refresh();
    expect((await current()).rate).toBe(88_000_000n);
    expect(alerts).toEqual([expect.objectContaining({ kind: 'rate_jump', from: '88', to: '95' })]);
  });

  test('a rate that is older than three days goes on, and is told of once a day', async () => {
    replies = {};
    now = Date.UTC(2026, 10, 23, 23, 59);
    expect(await refresh()).toBe('failed');
    expect(alerts).toEqual([]);
    for (const day of [24, 24, 25]) {
      now = Date.UTC(2026, 10, day, 12);
      await refresh();
    }
    expect(alerts.map(({ kind, age_days }) => [kind, age_days])).toEqual([
      ['stale_rate', 4],
      ['stale_rate', 5],
    ]);
    expect((await current()).rate).toBe(88_000_000n);
  });

  test('a day in the history never changes', async () => {
    replies = { 'one.example/a': quote('89', '2026-11-20') };
    expect(await refresh()).toBe('unchanged');
    expect((await current()).rate).toBe(88_000_000n);
  });
});

test('ExchangeRate-API tells its day in seconds', () => {
  const reply = { base_code: 'USD', time_last_update_unix: 1_795_132_801, rates: { USD: 1, INR: 88.4 } };
  expect(parseRateReply(JSON.stringify(reply), 'x')).toMatchObject({ rate: 88_400_000n, asOf: '2026-11-20' });
});

test('sources are URLs, and there are some where none are named', () => {
  expect(readSources(undefined)).toHaveLength(2);
  expect(readSources(' https://a.example , https://b.example')).toEqual(['https://a.example', 'https://b.example']);
  expect(() => readSources('nonsense')).toThrow('MESH_FX_URLS');
});
