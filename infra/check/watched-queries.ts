import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from '@cdktn/hcl2json';
import type { Block, Source } from './read-infra.ts';

/** A query of an alert or a chart, with what Terraform puts into it for production. */
export interface WatchedQuery {
  name: string;
  query: string;
}

export interface Watched {
  /** Of production, home first. */
  regions: string[];
  alerts: WatchedQuery[];
  charts: WatchedQuery[];
  /** Filters of alerts on a line of a log. */
  logged: WatchedQuery[];
  /** Alerts of what is asked from outside: the metric of each. */
  uptime: WatchedQuery[];
}

/** Expressions that are a number or a name of their own, and what stands for them: nothing of it says what is watched. */
const STANDS: readonly (readonly [RegExp, string])[] = [
  [/^var\.thresholds\.\w+( \* \d+)?$/, '1'],
  [/^local\.region_thresholds\[region\]\.\w+$/, '1'],
  [/^most$/, '1'],
  [/^job\.silence$/, '15m'],
  [/^local\.consumers$/, 'usage-usage|usage-fx'],
  [/^google_pubsub_subscription\.parked\.name$/, 'parked'],
  [/^google_service_account\.(router|webhooks)\.email$/, 'mesh-function@example.com'],
];

/** Reads what `infra/` watches, as `envs/prod.tfvars` has it. Throws where an expression is none that is known here. */
export async function readWatched(sources: readonly Source[]): Promise<Watched> {
  const path = fileURLToPath(new URL('../envs/prod.tfvars', import.meta.url));
  const prod = (await parse('prod.tfvars', readFileSync(path, 'utf8'))) as { regions: string[] };
  const locals: Block = Object.assign({}, ...sources.map((source) => source.locals));

  function fill(template: string, names: Readonly<Record<string, string>> = {}): string {
    return template.replaceAll(/\$\{([^{}]+)\}/g, (_all, expression: string) => {
      if (Object.hasOwn(names, expression)) return names[expression] ?? '';
      const [, table = '', key] = /^local\.(\w+)(?:\["([^"]+)"\])?$/.exec(expression) ?? [];
      const found = locals[table];
      if (key !== undefined) return ofTable(String(found), key);
      if (typeof found === 'string' && !found.startsWith('${')) return fill(found);
      const stand = STANDS.find(([pattern]) => pattern.test(expression));
      if (stand === undefined) throw new Error(`What does ${expression} stand for?`);
      return stand[1];
    });
  }

  /** One row of `{ for name in [ … ] : name => "…${name}" }`, or of the same over `local.metrics`. */
  function ofTable(table: string, key: string): string {
    const [, names = '', template = ''] = /^\$\{\{\s*for ([\s\S]*) : name => "(.*)"\s*\}\}$/.exec(table) ?? [];
    const metrics = String(locals.metrics);
    const isKnown = (names.includes('local.metrics') ? metrics : names).includes(`"${key}"`);
    if (!isKnown) throw new Error(`${key} is not in local.metrics.`);
    const metric = names.includes('local.metrics') ? ofTable(metrics, key) : '';
    return fill(template.replaceAll('\\"', '"'), { name: key, metric });
  }

  /** A query, or one for each of what it is written for. */
  function queriesOf(text: string): string[] {
    const each = /^\$\{join\(" or ", \[for (\w+)(?:, \w+)? in ([\w.]+) : <<-EOT\n([\s\S]*?)EOT/.exec(text);
    if (each === null) return [fill(text)];
    const [, name = '', over = '', template = ''] = each;
    const keys = over === 'var.regions' ? prod.regions : Object.keys(locals[over.replace('local.', '')] as Block);
    return keys.map((key) => fill(template, { [name]: key }));
  }

  const tableOf = (name: string) => Object.entries(locals[name] as Record<string, Record<string, string>>);
  return {
    regions: prod.regions,
    alerts: tableOf('alerts').flatMap(([name, { query = '' }]) =>
      queriesOf(query).map((one) => ({ name, query: one })),
    ),
    charts: (locals.charts as { title: string; queries: string[] }[]).flatMap(({ title, queries }) =>
      queries.map((query) => ({ name: title, query: fill(query) })),
    ),
    logged: tableOf('logged_alerts').map(([name, { filter = '' }]) => ({ name, query: fill(filter) })),
    uptime: tableOf('uptime_alerts').map(([name, { metric = '' }]) => ({ name, query: metric })),
  };
}
