import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ENTRY_DAYS } from '../../functions/core/ledger/charge-life.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { OWNERS } from '../../functions/core/ledger/owners.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let us: Account;
let others: Account;
const messages = [{ role: 'user', content: 'Hello there' }];
const DAY_MS = 86_400_000;

beforeAll(async () => {
  mesh = await startMesh();
  [us, others] = await Promise.all([mesh.makeOwner(), mesh.makeOwner()]);
  const chat = (body: object, headers: Record<string, string>, key = us.key) =>
    mesh.call('POST', '/v1/chat/completions', { key, body: { model: 'mesh/echo', messages, ...body }, headers });
  const tagged = (team: string) => ({ metadata: { team, constructor: 'x' } });
  const keep = { 'x-mesh-metadata': 'keep' };
  const claude = { 'user-agent': 'claude-cli/2.1.0', 'x-session-id': 's1' };
  for (const [body, headers] of [
    [
      { user: 'ann', ...tagged('red') },
      { ...claude, ...keep },
    ],
    [
      { user: 'ann', ...tagged('blue') },
      { ...claude, ...keep },
    ],
    // Its metadata is not to be kept.
    [
      { user: 'bob', ...tagged('red') },
      { 'user-agent': 'node', 'x-title': 'Shop', 'x-session-id': 's2' },
    ],
    [{}, { 'user-agent': 'node', ...keep }],
  ] as const) {
    expect((await chat(body, headers)).status).toBe(200);
  }
  await mesh.call('POST', '/v1/messages', { key: us.key, body: { model: 'mesh/echo', max_tokens: 9, messages } });
  await chat({ user: 'ann' }, claude, others.key);
});
afterAll(() => mesh.close());

const usage = (body: object, key = us.key) => mesh.call('POST', '/v1/usage', { key, body });

describe('usage by what only requests know', () => {
  const by = async (group: string) => {
    const { body } = await usage({ group_by: [group] });
    return body.data.map((row: Record<string, unknown>) => [row[group], row.requests]).sort();
  };

  test('is by session, client, surface, status, end user or a tag', async () => {
    const nothing = [null, 2];
    expect(await by('session')).toEqual([nothing, ['s1', 2], ['s2', 1]].sort());
    expect(await by('client')).toEqual([nothing, ['Shop', 1], ['claude-code', 2]].sort());
    expect(await by('surface')).toEqual(
      [
        ['chat', 4],
        ['messages', 1],
      ].sort(),
    );
    expect(await by('status')).toEqual([['finished', 5]]);
    const users = await by('end_user');
    expect(users.map(([, requests]: [string, number]) => requests).sort()).toEqual([1, 2, 2]);
    expect(users.every(([name]: [string | null]) => name === null || /^usr_/.test(name))).toBe(true);
    expect(await by('metadata.team')).toEqual(
      [
        [null, 3],
        ['blue', 1],
        ['red', 1],
      ].sort(),
    );
    expect(await by('metadata.toString')).toEqual([[null, 5]]);
  });

  test('adds up to the same as what was added up before, in several groups and filters too', async () => {
    const body = { group_by: ['day', 'model', 'client', 'metadata.team'] };
    const day = new Date().toISOString().slice(0, 10);
    const split = (await usage(body)).body;
    expect(split.data.map((row: { client: string | null }) => row.client)).toContain('claude-code');
    expect(split.data[0]).toMatchObject({ day, model: 'mesh/echo', currency: 'USD' });
    expect(split.total.requests).toBe(5);
    expect((await usage({ group_by: ['session'], client: 'claude-code' })).body.data).toMatchObject([
      { session: 's1', requests: 2 },
    ]);
    expect((await usage({ group_by: ['client'], session: 's1' })).body.total.requests).toBe(2);
    const { text } = await usage({ group_by: ['client'], format: 'csv' });
    expect(text.split('\r\n')[0]).toMatch(/^client,requests,/);
    expect(text).toContain('\r\nclaude-code,2,');
  });

  test('is of one owner', async () => {
    expect((await usage({ group_by: ['session'] }, others.key)).body.data).toMatchObject([
      { session: 's1', requests: 1 },
    ]);
    const everybody = await usage({ group_by: ['session'] }, mesh.adminKey);
    expect([everybody.status, everybody.body.error.param]).toEqual([400, 'owner_id']);
    expect((await usage({ group_by: ['session'], owner_id: us.ownerId }, mesh.adminKey)).body.total.requests).toBe(5);
  });

  test.each(['metadata.', `metadata.${'x'.repeat(65)}`, 'prompt', 'label'])('%s is no group', async (group) => {
    expect((await usage({ group_by: [group] })).body.error.param).toBe('group_by.0');
  });

  test('an event says which program it came from, and is found by it', async () => {
    const events = await mesh.call('POST', '/v1/usage/events', { key: us.key, body: { client: 'Shop' } });
    expect(events.body.data).toMatchObject([{ client: 'Shop', session: 's2' }]);
  });
});

describe('compared with the time before', () => {
  beforeAll(async () => {
    const past = await mesh.documents.query({
      collection: ENTRIES,
      where: [
        { field: 'owner_id', op: '==', value: us.ownerId },
        { field: 'kind', op: '==', value: 'charge' },
      ],
    });
    const [one] = past;
    // One request of the week before, of the same kind, that was all there was then.
    const created_at = new Date(Date.now() - 9 * DAY_MS);
    const cost = { amount: 500n, usd: 500n, cost_pico_usd: 500_000n };
    const data = { ...one?.data, entry_id: 'req_past', created_at, ...cost };
    const id = documentId('req_past');
    await mesh.documents.commit([{ kind: 'set', collection: ENTRIES, id, data, expect: 'absent' }]);
  });
  // The books have to add up in the end.
  afterAll(() =>
    mesh.documents.commit([{ kind: 'delete', collection: ENTRIES, id: documentId('req_past'), expect: 'present' }]),
  );
  const start = new Date(Date.now() - 6 * DAY_MS).toISOString().slice(0, 10);

  test('a total says what it was then, and how much more it is', async () => {
    const { body } = await usage({ start, group_by: ['client'], compare: 'previous', outcome: 'finished' });
    expect(body.total).toMatchObject({ requests: 5, cost_usd: '0.0000075' });
    expect(body.previous).toMatchObject({
      end: body.start,
      total: { requests: 1, cost_usd: '0.0000005' },
      change_percent: { requests: 400, cost_usd: 1400 },
    });
    expect(Date.parse(body.end) - Date.parse(body.start)).toBe(7 * DAY_MS);
    expect(Date.parse(body.start) - Date.parse(body.previous.start)).toBe(7 * DAY_MS);
  });

  test('a row says what it cost then, where it is not of a time of its own', async () => {
    const asked = { start, compare: 'previous', outcome: 'finished' };
    const { body } = await usage({ ...asked, group_by: ['model'] });
    expect(body.data).toMatchObject([{ cost_usd: '0.0000075', previous_cost_usd: '0.0000005' }]);
    const byDay = (await usage({ ...asked, group_by: ['day'] })).body;
    expect(byDay.data[0]).not.toHaveProperty('previous_cost_usd');
    const { text } = await usage({ ...asked, group_by: ['model'], format: 'csv' });
    expect(text.split('\r\n')[0]).toMatch(/,currency,previous_cost_usd$/);
  });

  test('of nothing there is no change, and without being asked none is told', async () => {
    const { body } = await usage({ compare: 'previous', group_by: [] }, others.key);
    expect(body.previous.change_percent).toEqual({ requests: null, total_tokens: null, cost_usd: null });
    expect((await usage({})).body).not.toHaveProperty('previous');
    expect((await usage({ compare: 'year' })).status).toBe(400);
  });
});

describe('usage of a time whose lines are not kept any more', () => {
  const start = new Date(Date.now() - (ENTRY_DAYS + 30) * DAY_MS).toISOString();
  const kept = Date.now() - ENTRY_DAYS * DAY_MS;

  test('says from when on it is whole, where only the lines know it', async () => {
    const old = await mesh.makeOwner();
    const data = { created_at: new Date(Date.now() - 300 * DAY_MS) };
    const id = documentId(old.ownerId);
    const found = await mesh.documents.get(OWNERS, id);
    const expected = { version: found?.version ?? '' };
    await mesh.documents.commit([{ kind: 'update', collection: OWNERS, id, data, expect: expected }]);
    const ask = (body: object, key = old.key) => usage({ start, ...body }, key);
    const one = (await ask({ group_by: ['session'] })).body;
    expect(one.truncated).toBe(true);
    expect(Math.abs(Date.parse(one.start) - kept)).toBeLessThan(60_000);
    const filtered = (await ask({ end_user: 'usr_1' })).body;
    expect(filtered.truncated).toBe(true);
    // A part cannot be compared with a whole.
    expect((await ask({ group_by: ['client'], compare: 'previous' })).status).toBe(400);
    // What was added up is kept, and an owner who was not there yet misses nothing.
    expect((await ask({ group_by: ['model'] })).body.truncated).toBe(false);
    expect((await ask({ group_by: ['session'] }, us.key)).body.truncated).toBe(false);
  });
});
