import { readFileSync, writeFileSync } from 'node:fs';
import { CharacterCounts, characterClasses } from '../../functions/core/money/character-counts.ts';
import bounds from '../../functions/core/money/token-rates.json' with { type: 'json' };
import { corpus, LONG_WINDOW, ownTexts, type Sample } from './corpus.ts';
import { loadTokenizers, packagesIn } from './tokenizers.ts';

/**
 * Finds for each tokenizer the rates by which ordinary text is counted: the least, with English and code weighing most, with which
 * no window of it has more tokens than counted. They are between a fifth of what `fit-rates.ts` found and all of it, so that what is
 * on nobody's list is not for nothing. Writes the rates, and prints what a count is of the truth: least, mean and most.
 *
 *     node test/measure/fit-likely.ts FOLDER     # that the packages of tokenizers.ts are installed in
 */
const SEED = 1;
/** Of these there are windows of many texts; of the others a text or two, and lists of names that nobody writes. */
const plenty = ['english', 'code', 'json'];
/** What a text may have beyond those that were measured: more where the rates stand on a text or two. */
const MARGIN = { plenty: 1.03, few: 1.1 };
const LEAST_PART = 0.2;
/** Of texts that are held out. UTF-16 units. */
const WINDOW = 1_000;
const DIGITS = 1_000;

interface Solver {
  solve(problem: string): { Status: string; Columns: Record<string, { Primal: number }> };
}

type Measured = Sample & { counts: Readonly<Uint32Array>; truth: number };

const [folder = ''] = process.argv.slice(2);
const solver = (await (packagesIn(folder)('highs') as () => Promise<Solver>)()) as Solver;
const tokenizers = loadTokenizers(folder);
const samples = corpus(SEED).filter(({ kind, text }) =>
  plenty.includes(kind) ? text.length >= LONG_WINDOW : ownTexts[kind]?.includes(text),
);
/** Texts that the rates do not stand on: what packages say of themselves, their types, and our own tests. */
const heldOut = [
  ...windows('english', ['undici/README.md', 'zod/README.md', 'fast-check/README.md']),
  ...windows('code', ['openai/index.d.ts', 'zod/v4/core/schemas.js', '@anthropic-ai/sdk/client.js']),
];

const lines = Object.entries(bounds).flatMap(([name, most]) => {
  const count = tokenizers[name];
  if (count === undefined) return [];
  const measure = (sample: Sample) => ({ ...sample, counts: countsOf(sample.text), truth: count(sample.text) });
  const measured = samples.map(measure);
  const rates = fit(measured, most);
  report(name, measured, rates);
  report(`${name}, held out`, heldOut.map(measure), rates);
  return [`  ${JSON.stringify(name)}: [${rates.join(', ')}]`];
});
writeFileSync(new URL('../../functions/core/money/likely-rates.json', import.meta.url), `{\n${lines.join(',\n')}\n}\n`);

function windows(kind: string, paths: readonly string[]): Sample[] {
  const text = paths
    .map((path) => readFileSync(new URL(`../../node_modules/${path}`, import.meta.url), 'utf8'))
    .join('');
  return Array.from({ length: Math.floor(text.length / WINDOW) }, (_, at) => {
    return { kind, ordinary: true, text: text.slice(at * WINDOW, (at + 1) * WINDOW).toWellFormed() };
  });
}

function countsOf(text: string): Readonly<Uint32Array> {
  const characters = new CharacterCounts();
  characters.add(text);
  return characters.counts;
}

function fit(measured: readonly Measured[], most: readonly number[]): number[] {
  const kinds = Map.groupBy(measured, ({ kind }) => kind);
  const goal = characterClasses.map(() => 0.001);
  const rules = measured.map(({ kind, counts, truth }) => {
    const weight = (kind === 'english' || kind === 'code' ? 20 : 2) / (kinds.get(kind)?.length ?? 1);
    for (const [column, count] of counts.entries()) goal[column] = (goal[column] ?? 0) + (weight * count) / truth;
    const least = truth * (plenty.includes(kind) ? MARGIN.plenty : MARGIN.few);
    return `${sum(counts)} >= ${Math.min(least, dot(counts, most))}`;
  });
  const limits = most.map((rate, at) => `${rate * LEAST_PART} <= x${at} <= ${rate}`);
  const problem = ['Minimize', sum(goal), 'Subject To', ...rules, 'Bounds', ...limits, 'End'];
  const { Status, Columns } = solver.solve(problem.join('\n'));
  if (Status !== 'Optimal') throw new Error(Status);
  return most.map((_, at) => Math.ceil((Columns[`x${at}`]?.Primal ?? 0) * DIGITS - 1e-6) / DIGITS);
}

/** Lines of a problem are short. */
function sum(factors: ArrayLike<number>): string {
  return Array.from(factors, (factor, at) => (factor === 0 ? '' : `+ ${factor} x${at}`))
    .filter((term) => term !== '')
    .join('\n');
}

function dot(counts: Readonly<Uint32Array>, rates: readonly number[]): number {
  return counts.reduce((total, count, at) => total + count * (rates[at] ?? 0), 0);
}

function report(name: string, measured: readonly Measured[], rates: readonly number[]): void {
  for (const [kind, some] of Map.groupBy(measured, (sample) => sample.kind)) {
    const ratios = some.map(({ counts, truth }) => dot(counts, rates) / truth);
    const mean = ratios.reduce((all, ratio) => all + ratio, 0) / ratios.length;
    console.log(
      [
        name,
        kind,
        some.length,
        ...[Math.min(...ratios), mean, Math.max(...ratios)].map((ratio) => ratio.toFixed(2)),
      ].join('\t'),
    );
  }
}
