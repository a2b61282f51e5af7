import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { alertKinds } from '../../functions/core/alerts/alerts.ts';
import { metricNames } from '../../functions/platform/telemetry/metric-names.ts';
import { googleMetrics } from '../../infra/check/google-metrics.ts';
import { ingest, type Series } from '../../infra/check/ingested.ts';
import { type LogEntry, matchesFilter } from '../../infra/check/log-filter.ts';
import { usesOf } from '../../infra/check/promql.ts';
import { readInfra, type Source } from '../../infra/check/read-infra.ts';
import { unansweredOf } from '../../infra/check/unanswered.ts';
import { readWatched, type Watched } from '../../infra/check/watched-queries.ts';
import { causeIncidents, type Incidents } from '../support/incidents.ts';

// What is watched is what the code emits, in the configuration that production has: everything that alerts are for is caused
// once, metrics go the way that they go there, and log lines are those that Cloud Logging would get.

const operate = fileURLToPath(new URL('../../infra/operate', import.meta.url));
const read = (path: string) => readFileSync(`${operate}/${path}`, 'utf8');
const books = readdirSync(`${operate}/playbooks`).map((name) => name.replace(/\.md$/, ''));

/** Emitted where standard output takes nothing, which `disk-full.test.ts` brings about. */
const ELSEWHERE: readonly string[] = [metricNames.logLinesDropped];

/** An operator is told by an alert of `infra/`; what is an owner's own affair goes to the topic `alerts` alone. */
const TOLD_BY: Readonly<Record<(typeof alertKinds)[number], string | null>> = {
  low_balance: null,
  cap_50: null,
  cap_75: null,
  cap_90: null,
  cap_100: null,
  // Its owner is told by the channels that are left.
  channel_disabled: null,
  // By the channels of whom it is about.
  error_share: null,
  model_retiring: null,
  statement_ready: null,
  breaker_open: 'breaker-open',
  credential_refused: 'credential-refused',
  dead_letter: 'dead-letters',
  overage: 'overage',
  rate_jump: 'rate-jump',
  stale_rate: 'stale-rate',
  usage_capped: 'usage-capped',
};

let incidents: Incidents;
let sources: Source[];
let watched: Watched;
let emitted: Series[];

beforeAll(async () => {
  sources = await readInfra();
  watched = await readWatched(sources);
  incidents = await causeIncidents(collectorEnv(sources));
  const here = ingest(incidents.pushed, readFileSync(`${operate}/../modules/service/collector.yaml`, 'utf8'));
  // Each region has a router of its own, which differs in where it is.
  emitted = watched.regions.flatMap((location) =>
    here.map((each) => ({ ...each, labels: { ...each.labels, location } })),
  );
  expect(here.every(({ labels }) => labels.location === watched.regions[0])).toBe(true);
}, 60_000);
afterAll(() => incidents?.close());

/** Names of the variables by which a function with a collector knows of it. */
function collectorEnv(all: readonly Source[]): string[] {
  const expression = String(all.find(({ file }) => file === 'modules/service/main.tf')?.locals.telemetry_env);
  return [...expression.matchAll(/\b([A-Z][A-Z_]+)\s*=/g)].map(([, name = '']) => name);
}

const withoutElsewhere = (wrong: string[]) =>
  wrong.filter((line) => !ELSEWHERE.some((name) => line.startsWith(`workload.googleapis.com/${name}:`)));

describe('metrics', () => {
  test('every alert asks for what is emitted, by labels that it has, as the kind that it is', () => {
    expect(watched.alerts.length).toBeGreaterThan(15);
    const wrong = watched.alerts.flatMap(({ name, query }) =>
      usesOf(query).flatMap((use) => unansweredOf(use, emitted).map((why) => `${name}: ${why}`)),
    );
    expect(wrong).toEqual([]);
  });

  test('so does every chart', () => {
    expect(watched.charts.length).toBeGreaterThan(20);
    const wrong = watched.charts.flatMap(({ query }) => usesOf(query).flatMap((use) => unansweredOf(use, emitted)));
    expect(withoutElsewhere(wrong)).toEqual([]);
  });

  test('what asks from outside writes what its alerts ask for', () => {
    const known = googleMetrics.map(({ metric }) => metric);
    expect(watched.uptime.length).toBe(2);
    expect(watched.uptime.filter(({ query }) => !known.includes(query))).toEqual([]);
  });

  test('every metric of the code was emitted', () => {
    const seen = new Set(emitted.map(({ metric }) => metric.replace('workload.googleapis.com/', '')));
    expect(Object.values(metricNames).filter((name) => !seen.has(name) && !ELSEWHERE.includes(name))).toEqual([]);
  });

  test.each([
    [
      'a metric that nothing emits',
      'sum(rate({"workload.googleapis.com/mesh.nothing",monitored_resource="generic_task"}[5m])) > 0',
    ],
    [
      'a label that it lacks',
      'sum by (mesh_nobody) (rate({"workload.googleapis.com/mesh.cost",monitored_resource="generic_task"}[5m]))',
    ],
    [
      'a value that no series has',
      'rate({"workload.googleapis.com/mesh.overage",monitored_resource="generic_task",mesh_payer="nobody"}[5m])',
    ],
    ['a counter as it stands', 'max({"workload.googleapis.com/mesh.cost",monitored_resource="generic_task"}) > 0'],
    ['growth of a gauge', 'rate({"workload.googleapis.com/mesh.fx.age",monitored_resource="generic_task"}[5m]) > 0'],
    [
      'a distribution without its suffix',
      'rate({"workload.googleapis.com/mesh.added_latency",monitored_resource="generic_task"}[5m])',
    ],
    [
      'a resource that it is not of',
      'rate({"workload.googleapis.com/mesh.cost",monitored_resource="cloud_run_revision"}[5m])',
    ],
    [
      'a class that Cloud Run has not',
      'rate({"run.googleapis.com/request_count",monitored_resource="cloud_run_revision",response_code_class="500"}[5m])',
    ],
  ])('%s would be found', (_what, query) => {
    expect(usesOf(query).flatMap((use) => unansweredOf(use, emitted))).not.toEqual([]);
  });

  test('what is no PromQL would be found', () => {
    expect(() => usesOf('sum(rate({"a/b"}[5m]) > 0')).toThrow('No PromQL');
  });
});

describe('log lines', () => {
  test('of each alert on a line, one is as its filter asks', () => {
    const ours = watched.logged.filter(({ query }) => query.includes('jsonPayload'));
    expect(ours.map(({ name }) => name).sort()).toEqual(['credential-refused', 'rate-jump', 'usage-capped']);
    for (const { name, query } of ours) {
      const found = incidents.entries.filter((entry) => matchesFilter(query, entry));
      expect([name, found.length]).toEqual([name, 1]);
    }
  });

  test('every alert that the code raises is told of in one way', () => {
    expect(Object.keys(TOLD_BY).sort()).toEqual([...alertKinds].sort());
    const told = Object.values(TOLD_BY).filter((name) => name !== null);
    expect(told.filter((name) => !books.includes(name))).toEqual([]);
  });

  test('a request that failed with 5xx is an ERROR with its event, endpoint, provider and reason', () => {
    const failed = incidents.entries.filter((entry) =>
      matchesFilter('severity>=ERROR jsonPayload.event="request_failed"', entry),
    );
    expect(failed.length).toBeGreaterThan(0);
    for (const { jsonPayload } of failed) {
      expect(jsonPayload).toMatchObject({
        status: expect.any(Number),
        code: expect.any(String),
        provider_code: expect.any(String),
        provider: expect.any(String),
        endpoint: expect.any(String),
      });
    }
  });
});

describe('playbooks', () => {
  /** Of these no function writes a line. */
  const SILENT = [
    'added-latency',
    'budget',
    'certificate',
    'event-lag',
    'instances-ceiling',
    'secret-read',
    'unreachable',
  ];
  const quotesOf = (name: string) =>
    [...read(`playbooks/${name}.md`).matchAll(/^```json\n(.+)\n```$/gm)].map(([, line = '']) => JSON.parse(line));

  test('each quotes a line, but where nothing is written', () => {
    expect(books.filter((name) => quotesOf(name).length === 0).sort()).toEqual(SILENT);
  });

  test.each(books.filter((name) => !SILENT.includes(name)))('%s quotes what the code writes', (name) => {
    for (const quoted of quotesOf(name)) {
      expect(incidents.lines.filter((line) => isAlike(quoted, line)).length).toBeGreaterThan(0);
    }
  });

  test.each(books)('%s asks the log for what it quotes', (name) => {
    const filters = [...read(`playbooks/${name}.md`).matchAll(/gcloud logging read '([^']+)'/g)].map(
      ([, one = '']) => one,
    );
    const entries: LogEntry[] = quotesOf(name).map(toEntry);
    for (const filter of filters.filter((one) => one.includes('jsonPayload'))) {
      expect([filter, entries.some((entry) => matchesFilter(filter, entry))]).toEqual([filter, true]);
    }
  });

  test('every call of the API that a page names is answered, by the admin key', async () => {
    const { mesh, account } = incidents;
    const charged = incidents.lines.find(({ message, lost }) => message === 'answered' && lost === undefined);
    const day = new Date().toISOString().slice(0, 10);
    const calls = new Set(
      books.flatMap((name) =>
        // A body stands behind its call, as it is to be sent.
        [
          ...read(`playbooks/${name}.md`).matchAll(
            /`((?:GET|POST|PUT|PATCH|DELETE) \/v1\/[^\s`]+)`(?: \(admin\) with `(\{.*?\})`)?/g,
          ),
        ].map(([, call = '', body = '']) => `${call} ${body}`),
      ),
    );
    expect(calls.size).toBeGreaterThan(9);
    for (const call of calls) {
      const filled = call
        .replace('owners/ID', `owners/${account.ownerId}`)
        .replace('events/ID', `events/${charged?.request_id}`)
        .replace('REQUEST', String(charged?.request_id))
        .replace('KEY_ID', account.keyId)
        .replace('ENDPOINT', call.includes('doubts') ? 'boasting/m' : 'down/m')
        .replace(/\d{4}-\d\d-\d\d/, day);
      const [, method = '', path = '', body] = /^(\S+) (\S+) (.+)?$/.exec(filled) ?? [];
      const options = { key: mesh.adminKey, ...(body === undefined ? {} : { body }) };
      const reply = await mesh.call(method, path, options);
      expect([call, Math.floor(reply.status / 100), reply.body?.error ?? null]).toEqual([call, 2, null]);
    }
  });

  /** What a line says by itself, and not of one case. */
  const FIXED = ['severity', 'service', 'message', 'event', 'code', 'kind', 'job'];

  function isAlike(quoted: Record<string, unknown>, { time: _, ...line }: Record<string, unknown>): boolean {
    const names = Object.keys(line);
    const isSame = names.length === Object.keys(quoted).length && names.every((name) => Object.hasOwn(quoted, name));
    return (
      isSame &&
      names.every((name) => typeof quoted[name] === typeof line[name]) &&
      FIXED.every((name) => quoted[name] === line[name])
    );
  }
});

/** As Cloud Logging has a line of a function. */
function toEntry(line: Record<string, unknown>): LogEntry {
  const labels = { service_name: line.service };
  return { severity: line.severity, resource: { type: 'cloud_run_revision', labels }, jsonPayload: line };
}
