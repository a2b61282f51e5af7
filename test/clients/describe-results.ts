import type { Case } from './case.ts';
import { cases } from './cases.ts';
import type { Client } from './client.ts';
import type { Result } from './run-job.ts';
import { numbered, targets } from './targets.ts';

/** How much of a reason is told. */
const REASON_CHARACTERS = 220;

/** What was seen, as Markdown: a table of passes, what failed, what could not be tried, who could not be installed. */
export function describeResults(
  results: readonly Result[],
  missing: readonly { client: Client; reason: string }[],
  wantedOutside: ReadonlySet<string>,
): string {
  const clients = [...new Set(results.map(({ job }) => job.client))];
  const of = (verdict: Result['verdict']) => results.filter((result) => result.verdict === verdict);
  const count = `${of('pass').length} passed, ${of('fail').length} failed, ${of('not applicable').length} not applicable`;
  const ofAll = cases.filter(({ special }) => special === undefined);
  const ofSome = cases.filter(({ special }) => special !== undefined);
  return [
    `${count}; ${clients.length} clients tried, ${missing.length} not installed.`,
    ...passes(results, ofAll),
    ...missing.map(
      ({ client, reason }) =>
        `| ${client.name} | ${client.version} | ${client.surface} | not installed: ${clean(reason)} |`,
    ),
    ...passes(results, ofSome),
    ...section('What they print', ['client', 'case', 'where', 'asked', 'prints'], prints(results)),
    ...section('What failed', ['client', 'case', 'where', 'why'], group(of('fail'))),
    ...section('Not applicable', ['client', 'case', 'where', 'why'], group(of('not applicable'))),
    ...(wantedOutside.size === 0
      ? []
      : [
          '',
          `Hosts that were asked for beyond this machine, and not reached: ${[...wantedOutside].sort().join(', ')}.`,
        ]),
    '',
  ].join('\n');
}

/** How often clients passed cases; nothing where none was tried with any. */
function passes(results: readonly Result[], columns: readonly Case[]): string[] {
  const names = columns.map(({ name }) => name).filter((name) => results.some(({ job }) => job.case.name === name));
  if (names.length === 0) return [];
  const tried = results.filter(({ job }) => names.includes(job.case.name));
  return [
    '',
    `| client | version | speaks | ${names.join(' | ')} |`,
    `|---|---|---|${names.map(() => '---:').join('|')}|`,
    ...[...new Set(tried.map(({ job }) => job.client))].map((client) => {
      const cells = names.map((name) =>
        describeCell(tried.filter(({ job }) => job.client === client && job.case.name === name)),
      );
      return `| ${client.name} | ${client.version} | ${client.surface} | ${cells.join(' | ')} |`;
    }),
  ];
}

/** What command line clients printed, and after how many requests; one line where it is the same in front of several formats. */
function prints(results: readonly Result[]): string[][] {
  const lines = results.flatMap(({ job, asked = 0, printed }) => {
    if (printed === undefined) return [];
    const words = clean(printed.replaceAll(/[\d.]+ USD/g, '… USD'));
    return [[job.client.name, job.case.name, job.target.format, String(asked), words]];
  });
  return joinBy(2, ', ', lines).map((line) => line.with(2, everyFormat(line[2] ?? '')));
}

/** Passes of what applies: `10`, `8 of 10`, or a dash where nothing applies. */
function describeCell(results: readonly Result[]): string {
  const tried = results.filter(({ verdict }) => verdict !== 'not applicable');
  const passed = tried.filter(({ verdict }) => verdict === 'pass').length;
  if (tried.length === 0) return '–';
  return passed === tried.length ? String(passed) : `**${passed} of ${tried.length}**`;
}

/** One line for each reason, with the clients, the cases, and the formats and modes that it is of. */
function group(results: readonly Result[]): string[][] {
  const lines = new Map<string, { cells: [string, string, string]; formats: Map<string, string[]> }>();
  for (const { job, reason } of results) {
    const why = clean((reason ?? '').replaceAll(numbered(job.target, job.id), job.target.model));
    const key = [job.client.id, job.client.surface, job.case.name, why].join('\n');
    const line = lines.get(key) ?? {
      cells: [`${job.client.name}, ${job.client.surface}`, job.case.name, why],
      formats: new Map(),
    };
    line.formats.set(job.target.format, [...(line.formats.get(job.target.format) ?? []), job.mode]);
    lines.set(key, line);
  }
  const cells = [...lines.values()].map(({ cells: [client, name, why], formats }) => [
    client,
    name,
    describeWhere(formats),
    why,
  ]);
  return joinBy(1, ', ', joinBy(0, '; ', cells));
}

/** Lines that differ in one column alone as one line. */
function joinBy(column: number, separator: string, lines: readonly string[][]): string[][] {
  const joined = new Map<string, string[]>();
  for (const line of lines) {
    const key = line.filter((_cell, at) => at !== column).join('\n');
    const known = joined.get(key);
    if (known === undefined) joined.set(key, [...line]);
    else known[column] += separator + line[column];
  }
  return [...joined.values()];
}

function describeWhere(formats: ReadonlyMap<string, readonly string[]>): string {
  const all = [...formats.values()].map((modes) => modes.join(' and '));
  if (formats.size === targets.length && new Set(all).size === 1) return `all formats, ${all[0]}`;
  return [...formats].map(([format, modes]) => `${format} ${modes.join(' and ')}`).join(', ');
}

const everyFormat = (formats: string) => (formats.split(', ').length === targets.length ? 'all formats' : formats);

function section(title: string, head: readonly string[], lines: readonly string[][]): string[] {
  if (lines.length === 0) return [];
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return ['', `## ${title}`, '', row(head), row(head.map(() => '---')).replaceAll(' ', ''), ...lines.map(row)];
}

/** Without what is another one each time: ports, ids, and the answers that some clients quote. */
function clean(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1')
    .replaceAll(/\breq_\w+/g, 'req_…')
    .replaceAll(/model_name: \S+, /g, '')
    .replaceAll(/\s*\[type=\w+, input_value=.*/g, '')
    .slice(0, REASON_CHARACTERS)
    .replaceAll('|', '\\|');
}
