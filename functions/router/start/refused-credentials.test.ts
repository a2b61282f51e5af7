import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { memoryLog } from '../../../test/support/memory-log.ts';
import { ALERTS } from '../../core/alerts/alerts.ts';
import type { Documents } from '../../core/store/documents.ts';
import { createBackground } from '../../platform/background/background.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { silentMetrics } from '../../platform/telemetry/telemetry.ts';
import { tellRefusedCredentials } from './refused-credentials.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 2, 3);

let documents: Documents;
let log: ReturnType<typeof memoryLog>;
let published: unknown[];
let publish: () => Promise<void>;
let now: number;
let refused: (secret: string) => Promise<void>;

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  log = memoryLog();
  published = [];
  publish = async () => {};
  now = START;
  const events = {
    publish(_topic: string, { data }: { data: Readonly<Record<string, unknown>> }) {
      published.push(data.subject);
      return publish();
    },
    close: async () => {},
  };
  const background = createBackground({ log, metrics: silentMetrics, monotonic: () => now });
  const begun: Promise<void>[] = [];
  const watched = {
    ...background,
    run(...work: Parameters<typeof background.run>) {
      const running = background.run(...work);
      begun.push(running);
      return running;
    },
  };
  const tell = tellRefusedCredentials({ documents, events, log }, watched, () => now);
  refused = async (secret) => {
    tell(secret, makeEndpoint(), 401);
    await Promise.all(begun);
  };
});
afterEach(() => documents.close());

const alerts = async () => (await documents.query({ collection: ALERTS })).map(({ data }) => data.subject).sort();

test('an operator is told once an hour of each secret; the log has every time', async () => {
  await refused('acme-api-key');
  now = START + HOUR_MS - 1;
  await refused('acme-api-key');
  expect(published).toEqual(['acme-api-key|2026-01-02T03']);
  await refused('other-api-key');
  now = START + HOUR_MS;
  await refused('acme-api-key');
  const subjects = ['acme-api-key|2026-01-02T03', 'other-api-key|2026-01-02T03', 'acme-api-key|2026-01-02T04'];
  expect(published).toEqual(subjects);
  expect(await alerts()).toEqual(subjects.sort());
  const told = log.lines.filter(({ message }) => message === 'an upstream refused our credential');
  expect(told.map(({ level, fields }) => [level, fields.secret, fields.status])).toEqual([
    ['error', 'acme-api-key', 401],
    ['error', 'acme-api-key', 401],
    ['error', 'other-api-key', 401],
    ['error', 'acme-api-key', 401],
  ]);
});

test('an alert that cannot be sent harms nobody: it is named, and its document waits for the sweep', async () => {
  publish = () => Promise.reject(new RangeError('with a secret in it'));
  await refused('acme-api-key');
  expect(log.lines.at(-1)?.fields).toMatchObject({
    code: 'background_failed',
    job: 'raise_alert',
    error: 'RangeError',
  });
  expect(await alerts()).toEqual(['acme-api-key|2026-01-02T03']);
});
