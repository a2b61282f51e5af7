import { googleMetrics } from './google-metrics.ts';
import type { Series } from './ingested.ts';
import type { Use } from './promql.ts';

/** Functions that say how much a counter has grown. */
const GROWTH = ['rate', 'increase'];
const SUFFIX = /_(bucket|sum|count)$/;

/** Why a selector of a query would find nothing, or nothing of use: an alert with it could never be raised. Empty where it is well. */
export function unansweredOf(use: Use, emitted: readonly Series[]): string[] {
  const known = ofGoogle(use) ?? ofOurs(use, emitted);
  if (known === null) return [`${use.metric}: nothing emits it`];
  const { kind, labels, resource } = known;
  const wrong: string[] = [];
  const isGrowth = GROWTH.includes(use.functions[0] ?? '');
  if (isGrowth === (kind === 'GAUGE')) wrong.push(`${use.metric} is a ${kind}`);
  if (use.metric.endsWith('_bucket') && !use.grouped.includes('le')) wrong.push(`${use.metric}: not by le`);
  const asked = use.matchers.find(({ label }) => label === 'monitored_resource')?.value;
  if (asked !== resource) wrong.push(`${use.metric} is of a ${resource}, asked of ${asked}`);
  for (const label of use.grouped) {
    if (!labels.has(label) && !(label === 'le' && use.metric.endsWith('_bucket')))
      wrong.push(`${use.metric} has no label ${label}`);
  }
  for (const { label, value } of use.matchers) {
    if (label === 'monitored_resource') continue;
    const values = labels.get(label);
    if (values === undefined) wrong.push(`${use.metric} has no label ${label}`);
    else if (values.size > 0 && value !== '' && !values.has(value))
      wrong.push(`${use.metric}: no ${label} is ${value}`);
  }
  const isAsked = (each: Series) => use.matchers.every(({ label, value }) => (each.labels[label] ?? '') === value);
  if (wrong.length === 0 && known.series !== null && !known.series.some(isAsked)) {
    wrong.push(`${use.metric}: no series has all that is asked for`);
  }
  return wrong;
}

interface Known {
  kind: Series['kind'];
  resource: string;
  /** Values of each label; an empty set: any. */
  labels: ReadonlyMap<string, ReadonlySet<string>>;
  /** Those that were emitted; null where Google emits them. */
  series: readonly Series[] | null;
}

function ofGoogle({ metric }: Use): Known | null {
  const found = googleMetrics.find((each) => each.metric === metric);
  if (found === undefined) return null;
  const labels = Object.entries(found.labels).map(([label, values]) => [label, new Set(values)] as const);
  return { kind: found.kind, resource: found.resource, labels: new Map(labels), series: null };
}

function ofOurs({ metric }: Use, emitted: readonly Series[]): Known | null {
  const series = emitted.filter((each) =>
    each.isDistribution ? metric.replace(SUFFIX, '') === each.metric && SUFFIX.test(metric) : each.metric === metric,
  );
  const [first] = series;
  if (first === undefined) return null;
  const labels = new Map<string, Set<string>>();
  for (const [label, value] of series.flatMap((each) => Object.entries(each.labels))) {
    labels.set(label, (labels.get(label) ?? new Set()).add(value));
  }
  return { kind: first.kind, resource: first.labels.monitored_resource ?? '', labels, series };
}
