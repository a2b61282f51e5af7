import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from '@cdktn/hcl2json';
import { describe, expect, test } from '@jest/globals';
import { GATHER_MS } from '../../functions/router/start/publish-charges.ts';
import { type Block, readInfra } from '../check/read-infra.ts';
import { assumptions } from './assumptions.ts';
import { COST_PAGE, withTables } from './cost-page.ts';
import { readCounts } from './operation-counts.ts';
import { metricsCost, operationsCost, reckonMonth } from './reckon-month.ts';

const page = readFileSync(COST_PAGE, 'utf8');

describe('the page of costs', () => {
  test('has the tables that counts and list prices give; npm run costs writes them', () => {
    expect(page).toBe(withTables(page, readCounts()));
  });

  test('would not be the same with other counts', () => {
    const counts = readCounts();
    const one = { ...counts.operations.busy, reads: counts.operations.busy.reads + 1 };
    expect(withTables(page, { ...counts, operations: { ...counts.operations, busy: one } })).not.toBe(page);
  });

  test('that has no place for a table is told of', () => {
    expect(() => withTables('# What it costs', readCounts())).toThrow('no place for prices');
  });
});

describe('a month', () => {
  test('adds up', () => {
    const { costs, sum } = reckonMonth(readCounts(), 'quiet', 100);
    expect(costs.length).toBeGreaterThan(10);
    expect(costs.every(({ dollars }) => dollars > 0)).toBe(true);
    expect(sum).toBeCloseTo(
      costs.reduce((all, { dollars }) => all + dollars, 0),
      6,
    );
  });

  test('bills operations by their list price, and one delete for the entry whose time is over', () => {
    expect(operationsCost({ writes: 0, deletes: 0, reads: 0 }) * 1e5).toBeCloseTo(0.02, 9);
    expect(operationsCost({ writes: 1, deletes: 1, reads: 1 }) * 1e5).toBeCloseTo(0.18 + 2 * 0.02 + 0.06, 9);
  });

  test('bills each tier of metrics at its own price', () => {
    expect(metricsCost(1)).toBeCloseTo(0.258, 9);
    expect(metricsCost(100_000)).toBeCloseTo(25_800, 6);
    expect(metricsCost(100_001) - metricsCost(100_000)).toBeCloseTo(0.151, 6);
    expect(metricsCost(250_001) - metricsCost(250_000)).toBeCloseTo(0.061, 6);
  });

  test('has as many instances as requests at once need, and never fewer than are kept', () => {
    const instances = [1, 100, 10_000].map((rate) => reckonMonth(readCounts(), 'quiet', rate).instances);
    expect(instances).toEqual([4, 6, 572]);
  });

  test('of busy keys costs less than one of quiet keys', () => {
    const counts = readCounts();
    expect(reckonMonth(counts, 'busy', 100).sum).toBeLessThan(reckonMonth(counts, 'quiet', 100).sum);
  });
});

describe('what is assumed of infra/ is what infra/ ships', () => {
  test('production’s instances', async () => {
    const file = fileURLToPath(new URL('../envs/prod.tfvars', import.meta.url));
    const { router, regions } = (await parse(file, readFileSync(file, 'utf8'))) as { router: Block; regions: string[] };
    const { vcpu, gib, min } = assumptions.router;
    expect({ cpu: router.cpu, memory: router.memory }).toEqual({ cpu: vcpu, memory: `${gib}Gi` });
    expect(Number(router.min_instances) * regions.length).toBe(min);
  });

  test('what is kept for how long', async () => {
    const sources = await readInfra();
    const variables = Object.assign({}, ...sources.map((source) => source.variables)) as Record<string, Block>;
    const { entryDays, warehouseDays, backups } = assumptions;
    expect(['entry_days', 'warehouse_days', 'backup_days'].map((name) => variables[name]?.default)).toEqual([
      entryDays,
      warehouseDays,
      backups,
    ]);
    expect(String(variables.router?.type)).toMatch(
      new RegExp(`concurrency += optional\\(number, ${assumptions.concurrency}\\)`),
    );
  });

  test('what shares a message', () => {
    expect(1_000 / GATHER_MS).toBe(assumptions.messagesASecond);
  });
});
