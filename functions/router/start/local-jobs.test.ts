import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryLog } from '../../../test/support/memory-log.ts';
import {
  json,
  type ScriptedUpstream,
  type Step,
  startScriptedUpstream,
} from '../../../test/support/scripted-upstream.ts';
import { KEY_BYTES, makeKey } from '../../core/keys.ts';
import { RATES, toRate, USD_INR } from '../../core/money/exchange-rates.ts';
import type { Documents } from '../../core/store/documents.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { silentTelemetry } from '../../platform/telemetry/telemetry.ts';
import { readConfig } from './config.ts';
import { localJobs } from './local-jobs.ts';
import type { Platform } from './platform.ts';

/** A rate of another day would be told of as a stale one. */
const today = new Date().toISOString().slice(0, 10);

let documents: Documents;
let source: ScriptedUpstream;
let reply: () => Step[];
let counted: unknown[][];
let platform: Platform;

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  reply = () => json({ base: 'USD', date: today, rates: { INR: 85.5 } });
  source = await startScriptedUpstream(() => reply());
  counted = [];
  const metrics = { ...silentTelemetry.metrics, add: (...given: unknown[]) => void counted.push(given) };
  platform = { documents, log: memoryLog(), telemetry: { ...silentTelemetry, metrics } } as unknown as Platform;
});
afterEach(async () => {
  await source.close();
  await documents.close();
});

const admin = { MESH_ADMIN_KEY: makeKey('mak', new Uint8Array(KEY_BYTES)), GOOGLE_CLOUD_PROJECT: 'acme' };
const jobs = (env: Record<string, string>) => localJobs(platform, readConfig({ ...admin, ...env }));
const names = (env: Record<string, string>) => jobs(env).map(({ name }) => name);

describe('what nobody else would do', () => {
  test('is left to schedules in production', () => {
    expect(names({ MESH_STORE: 'firestore' })).toEqual([]);
  });

  test('is the sweep and what is to be told, on a laptop and beside emulators', () => {
    expect(names({})).toEqual(['sweep', 'forget_charges', 'webhooks']);
    expect(names({ MESH_STORE: 'firestore', GOOGLE_CLOUD_PROJECT: 'demo-mesh' })).toEqual([
      'sweep',
      'forget_charges',
      'webhooks',
    ]);
  });

  test('is the exchange rate, wherever a source is named', () => {
    expect(names({ MESH_STORE: 'firestore', MESH_FX_URLS: 'https://rates.test' })).toEqual(['exchange_rate_source']);
  });

  test('is done at once, not a minute or a quarter of a day later', () => {
    expect(jobs({ MESH_FX_URLS: 'https://rates.test' }).map(({ atOnce }) => atOnce)).toEqual([true, true, true]);
  });
});

const refresh = async () => {
  const [job] = jobs({ MESH_STORE: 'firestore', MESH_FX_URLS: source.url });
  await job?.run();
};

test('a rate that was fetched is stored, and counts as a success; so does one that was known', async () => {
  await refresh();
  await refresh();
  const stored = await documents.get(RATES, USD_INR);
  expect(stored === null ? null : toRate(stored).rate).toBe(85_500_000n);
  const success = ['mesh.schedule.success', 1, { 'mesh.job': 'fx' }];
  expect(counted).toEqual([success, success]);
});

test('a source that has none is no success', async () => {
  reply = () => json({ error: 'down' }, 503);
  await refresh();
  expect(source.requests).toHaveLength(1);
  expect(counted).toEqual([]);
});

test('a sweep counts as a success', async () => {
  const [job] = jobs({});
  await job?.run();
  expect(counted).toContainEqual(['mesh.schedule.success', 1, { 'mesh.job': 'sweep' }]);
});
