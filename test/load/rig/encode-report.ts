import { type Goal, isMet, judge } from './goals.ts';
import { type Figure, median, medianOf, type Result, type Results, spread } from './results.ts';
import { beforeNames } from './variants.ts';

const MEGABYTE = 2 ** 20;
const others = ['bare', 'portkey', 'litellm'] as const;

const columns: { title: string; figure: Figure; digits: number }[] = [
  { title: 'requests/s', figure: (m) => m.requestsPerSecond, digits: 0 },
  { title: 'CPU µs/request', figure: (m) => m.cpuPerRequestUs, digits: 0 },
  { title: 'CPU µs/chunk', figure: (m) => m.cpuPerChunkUs, digits: 1 },
  { title: 'chunks/s', figure: (m) => m.chunksPerSecond || null, digits: 0 },
  { title: 'p50 ms', figure: (m) => m.latencyMs.p50, digits: 2 },
  { title: 'p99 ms', figure: (m) => m.latencyMs.p99, digits: 2 },
  { title: 'first byte p50 ms', figure: (m) => m.firstByteMs.p50, digits: 2 },
  { title: 'first byte p99 ms', figure: (m) => m.firstByteMs.p99, digits: 2 },
  { title: 'RSS MB', figure: (m) => m.rssBytes / MEGABYTE || null, digits: 0 },
  { title: 'its core', figure: (m) => percent(m.gatewayLoad), digits: 0 },
  { title: "generator's core", figure: (m) => percent(m.generatorLoad), digits: 0 },
];

export interface ReportHead {
  machine: string;
  date: string;
  command: string;
  pinned: boolean;
  rounds: number;
  /** Gateways that could not be had, and why. */
  leftOut: ReadonlyMap<string, string>;
  /** Cases that there was no time for. */
  unmeasured: readonly string[];
  /** Gateways that did not answer as they should, with what they were asked. */
  failures: readonly string[];
}

/** The results as Markdown: goals first, then every figure, medians over the rounds. */
export function encodeReport(results: Results, head: ReportHead): string {
  return [
    '# Benchmark',
    '',
    `\`${head.command}\`, ${head.date}, ${head.machine}. Medians of ${head.rounds} interleaved rounds; the gateway has one core, ` +
      `upstream and load generator share the other${head.pinned ? '' : ' (not pinned here: no `taskset`)'}. ` +
      '±: the largest difference of a round from the median. Requests/s are as measured; CPU per request is of the whole ' +
      "process, and less disturbed by the machine's other work.",
    ...[...head.leftOut].flatMap(([name, reason]) => ['', `**${name} is not measured**: ${reason}`]),
    ...head.unmeasured.flatMap((title) => ['', `**There was no time for**: ${title}`]),
    ...head.failures.flatMap((failure) => ['', `**Failed**: ${failure}`]),
    '',
    '## Goals',
    '',
    ...encodeGoals(judge(results)),
    '',
    encodeVerdict(judge(results)),
    '',
    ...encodeBefore(results),
    '## Mesh to the others',
    '',
    ...encodeRatios(results),
    '',
    '## All figures',
    '',
    ...encodeFigures(results),
    '',
    ...encodeStarts(results),
    '',
  ].join('\n');
}

export function encodeGoals(goals: readonly Goal[]): string[] {
  const rows = goals.map((goal) => {
    const met = isMet(goal);
    const reached = goal.reached === null ? 'not measured' : `${round(goal.reached, 2)} ${goal.unit}`;
    return [
      goal.text,
      `${goal.sense} ${goal.limit} ${goal.unit}`,
      reached,
      met === null ? '' : met ? 'met' : '**missed**',
    ];
  });
  return table(['goal', 'limit', 'reached', ''], rows);
}

/** How many goals were met, in a sentence. */
export function encodeVerdict(goals: readonly Goal[]): string {
  const of = (wanted: boolean | null) => goals.filter((goal) => isMet(goal) === wanted).length;
  const without = of(null) === 0 ? '' : `, ${of(null)} not measured`;
  return `Of ${goals.length} goals ${of(true)} are met, ${of(false)} are missed${without}.`;
}

/** The other checkout's figures and this one's, where there is another. */
function encodeBefore(results: Results): string[] {
  const shown = columns.filter(({ title }) => /^(requests|CPU|p50|p99|first byte)/.test(title));
  const rows = results.results.flatMap(({ case: { name, title }, variant }) => {
    const before = beforeNames[variant];
    const isThere = results.results.some((each) => each.case.name === name && each.variant === before);
    if (before === undefined || !isThere) return [];
    const cells = shown.map(({ figure, digits }) => {
      const [old, now] = [medianOf(results, name, before, figure), medianOf(results, name, variant, figure)];
      return old === null || now === null ? '–' : `${round(old, digits)} → ${round(now, digits)}`;
    });
    return [[title, ...cells]];
  });
  return rows.length === 0
    ? []
    : ['## Before and after', '', ...table(['case', ...shown.map(({ title }) => title)], rows), ''];
}

function encodeRatios(results: Results): string[] {
  const rate: Figure = (measure) => measure.requestsPerSecond;
  const cpu: Figure = (measure) => measure.cpuPerRequestUs;
  const rows = results.results
    .filter(({ variant, case: each }) => variant === 'mesh' && each.connections !== null)
    .flatMap(({ case: { name, title } }) => {
      if (others.every((other) => medianOf(results, name, other, rate) === null)) return [];
      const ratios = others.flatMap((other) => [
        divideText(medianOf(results, name, 'mesh', rate), medianOf(results, name, other, rate)),
        divideText(medianOf(results, name, 'mesh', cpu), medianOf(results, name, other, cpu)),
      ]);
      return [[title, ...ratios]];
    });
  const named = others.flatMap((other) => [`requests/s of ${other}`, `CPU of ${other}`]);
  return table(['', ...named], rows);
}

function encodeFigures({ results }: Results): string[] {
  const rows = results.map(({ case: { title }, variant, rounds }) => {
    const rates = rounds.map((measure) => measure.requestsPerSecond);
    const cells = columns.map(({ figure, digits }) => {
      const value = median(rounds.map(figure).filter((each) => each !== null));
      return value === null ? '–' : round(value, digits);
    });
    return [title, variant, ...cells.slice(0, 1), `${Math.round(spread(rates) * 100)} %`, ...cells.slice(1)];
  });
  const [first, ...rest] = columns.map(({ title }) => title);
  return table(['case', 'gateway', first ?? '', '±', ...rest], rows);
}

function encodeStarts({ idleRssBytes, coldStart }: Results): string[] {
  const idle = [...idleRssBytes].map(([name, bytes]) => `${name} ${Math.round(bytes / MEGABYTE)} MB`);
  const lines = idle.length === 0 ? [] : [`RSS after the start, idle: ${idle.join(', ')}.`];
  if (coldStart !== null) {
    const answer = Math.round(median(coldStart.firstAnswerMs) ?? 0);
    const reply = Math.round(median(coldStart.firstReplyMs) ?? 0);
    const text = `Cold start of the bundle, from the start of the process: ${answer} ms to \`/healthz\`, ${reply} ms to a first chat reply.`;
    lines.push('', text);
  }
  return lines;
}

/** One line for the terminal. */
export function encodeRound({ variant, rounds }: Result): string {
  const last = rounds.at(-1);
  if (last === undefined) return variant;
  const cells = columns.map(({ title, figure, digits }) => {
    const value = figure(last);
    return value === null ? null : `${round(value, digits)} ${title}`;
  });
  return `  ${variant.padEnd(8)} ${cells.filter((cell) => cell !== null).join(', ')}`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function percent(share: number | null): number | null {
  return share === null ? null : share * 100;
}

function divideText(a: number | null, b: number | null): string {
  return a === null || b === null ? '–' : `${round(a / b, 2)} ×`;
}

function round(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
