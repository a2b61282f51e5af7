import { assumptions as the } from './assumptions.ts';
import prices from './list-prices.json' with { type: 'json' };
import { type OperationCounts, type Traffic, traffics } from './operation-counts.ts';
import { metricsMib, operationsCost, reckonMonth } from './reckon-month.ts';

export const COST_PAGE = new URL('../operate/costs.md', import.meta.url);

/** Requests a second. */
const RATES = [1, 100, 10_000];

const names: Readonly<Record<Traffic, string>> = {
  quiet: 'a quiet key’s only request',
  quiet_stream: 'the same as a stream',
  long_stream: 'a metered stream of 3,000 tokens, on a quiet key',
  busy: 'one key at 17.5 a second in one instance',
  hot: 'one key at 175 a second in one instance',
};

/** The page with its tables as counts and prices give them. Throws where the page has no place for one. */
export function withTables(page: string, counts: OperationCounts): string {
  const tables = { prices: pricesTable(), counts: countsTable(counts), month: monthTable(counts) };
  let text = page;
  for (const [name, table] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
    if (!place.test(text)) throw new Error(`The page of costs has no place for ${name}.`);
    text = text.replace(place, (_all, begin, end) => `${begin}${table}\n${end}`);
  }
  return text;
}

const dollars = (amount: number): string => Math.round(amount).toLocaleString('en-US');

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function pricesTable(): string {
  const { cloud_run, firestore, pubsub, load_balancer, armor, metrics, tiers } = prices;
  const text = (amount: number) => amount.toLocaleString('en-US', { maximumFractionDigits: 9 });
  const tiered = metrics.mib_tiers.map(({ up_to, mib }) => `${mib} ${up_to === null ? 'beyond' : `to ${text(up_to)}`}`);
  return [
    row(`price, ${prices.as_of}`, prices.currency),
    row('---', '---'),
    row(
      `Cloud Run (${tiers.cloud_run})`,
      `always on ${text(cloud_run.instance_vcpu_second)} a vCPU-second, ${text(cloud_run.instance_gib_second)} a GiB-second; by request ${text(cloud_run.request_vcpu_second)}, ${text(cloud_run.request_gib_second)}, and ${cloud_run.million_requests} a million`,
    ),
    row(
      `Firestore (${tiers.firestore})`,
      `${firestore.reads_100k}, ${firestore.writes_100k}, ${firestore.deletes_100k} for 100,000 reads, writes, deletes; a GiB-month ${firestore.stored_gib_month}, recovery ${firestore.recovery_gib_month}, backup ${firestore.backup_gib_month}`,
    ),
    row('Pub/Sub', `${pubsub.delivered_tib} a TiB published or pushed, ${pubsub.to_bigquery_tib} written to BigQuery`),
    row('BigQuery', `${prices.bigquery.stored_gib_month} a GiB-month`),
    row(
      'Load balancer, Cloud Armor',
      `${load_balancer.month} a month and ${load_balancer.processed_gib} a GiB; ${armor.policy_month} a policy, ${armor.rule_month} a rule, ${armor.million_requests} a million requests`,
    ),
    row('Traffic to the internet', `${prices.internet_gib} a GiB`),
    row('Cloud Logging', `${prices.logging_gib} a GiB`),
    row(
      'Cloud Monitoring',
      `a MiB ${tiered.join(', ')}; a number ${metrics.scalar_bytes} B, a distribution ${metrics.distribution_bytes} B`,
    ),
    row('Secret Manager', `${prices.secret_10k_accesses} for 10,000 accesses`),
  ].join('\n');
}

function countsTable(counts: OperationCounts): string {
  const month = RATES.at(-1) ?? 0;
  const lines = traffics.map((traffic) => {
    const operations = counts.operations[traffic];
    const { writes, deletes, reads } = operations;
    const all = month * the.monthSeconds * operationsCost(operations);
    return row(names[traffic], writes, deletes, reads, dollars(all));
  });
  const { series, entry_bytes } = counts;
  return [
    row(`counted ${counts.counted}`, 'writes', 'deletes', 'reads', '10,000/s, a month'),
    row('---', '---:', '---:', '---:', '---:'),
    ...lines,
    '',
    `An entry has ${entry_bytes} bytes. A router that served ${series.models} models exports ${series.scalars} numbers and`,
    `${series.distributions} distributions: ${Math.round(metricsMib(counts, 1))} MiB an instance and month.`,
  ].join('\n');
}

function monthTable(counts: OperationCounts): string {
  const quiet = RATES.map((rate) => reckonMonth(counts, 'quiet', rate));
  const busy = RATES.map((rate) => reckonMonth(counts, 'busy', rate));
  const costs = (quiet[0]?.costs ?? []).map(({ what, how }, index) =>
    row(what, how, ...quiet.map((month) => dollars(month.costs[index]?.dollars ?? 0))),
  );
  const sums = (months: typeof quiet) => months.map(({ sum }) => `**${dollars(sum)}**`);
  const thousand = (months: typeof quiet) =>
    months.map(({ sum }, index) => ((sum / ((RATES[index] ?? 1) * the.monthSeconds)) * 1_000).toFixed(3));
  return [
    row('what', 'how', ...RATES.map((rate) => `${rate.toLocaleString('en-US')}/s`)),
    row('---', '---', ...RATES.map(() => '---:')),
    row('router instances', '', ...quiet.map(({ instances }) => instances)),
    ...costs,
    row('**sum, every key quiet**', '', ...sums(quiet)),
    row('for 1,000 requests', '', ...thousand(quiet)),
    row('**sum, every key busy**', '', ...sums(busy)),
    row('for 1,000 requests', '', ...thousand(busy)),
  ].join('\n');
}
