import { writeFileSync } from 'node:fs';
import { type CharacterClass, CharacterCounts, characterClasses } from '../../functions/core/money/character-counts.ts';
import { TEXT_SLACK } from '../../functions/core/money/tokenizers.ts';
import { corpus, inventedWords, LONG_WINDOW, ownTexts, rareNames, type Sample, worst } from './corpus.ts';
import { loadTokenizers, packages, packagesIn } from './tokenizers.ts';

/**
 * Measures the corpus with every tokenizer and finds, for each of them and for all, the least rates with which no sample has
 * more tokens than its characters allow: a linear programme, in which English and code weigh most. Writes the rates and a
 * table of samples with their true counts, and prints what the bound is of the truth.
 *
 *     node test/measure/fit-rates.ts FOLDER     # that the packages of tokenizers.ts are installed in
 */
const SEED = 1;
const OTHER_SEED = 2;
/** What is on nobody's list may be a little worse than what is. */
const MARGIN = 1.02;
/** English and code are to be below it, as far as that can be. */
const FIT = 1.5;
const MIN_LENGTH = 200;
/** What it costs to be above it, beside all else. */
const EXCESS = 30;
/** Samples of each kind that the table keeps beside our own texts. */
const KEPT = 2;
const KEPT_WINDOWS = 12;

/** Those that a family of models is known to have. */
const fitted = ['o200k', 'llama3', 'tekken', 'deepseek3', 'gemma3', 'claude2'] as const;

interface Solver {
  solve(problem: string): { Status: string; Columns: Record<string, { Primal: number }> };
}

interface Measured extends Sample {
  counts: Readonly<Uint32Array>;
  /** By tokenizer. */
  truth: Record<string, number>;
}

const [folder = ''] = process.argv.slice(2);
const tokenizers = loadTokenizers(folder);
const solver = (await (packagesIn(folder)('highs') as () => Promise<Solver>)()) as Solver;
const measured = corpus(SEED).map(measure);
const others = [...worst(OTHER_SEED), ...inventedWords(SEED), ...rareNames()].map(measure);

const rates: Record<string, number[]> = {};
for (const name of [...fitted, 'all']) {
  const names = name === 'all' ? Object.keys(tokenizers) : [name];
  rates[name] = fit(names);
  report(name, names, rates[name]);
}
const line = (name: string) => `  ${JSON.stringify(name)}: [${(rates[name] ?? []).join(', ')}]`;
writeFileSync(
  new URL('../../functions/core/money/token-rates.json', import.meta.url),
  `{\n${Object.keys(rates).map(line).join(',\n')}\n}\n`,
);
const kept = [
  ...Object.entries(ownTexts).flatMap(([kind, texts]) => texts.map((text) => ({ kind, ordinary: true, text }))),
  ...worst(SEED).filter(({ kind }, at, all) => all.slice(0, at).filter((each) => each.kind === kind).length < KEPT),
  ...['english', 'code'].flatMap((kind) =>
    measured.filter((each) => each.kind === kind && each.text.length === LONG_WINDOW).slice(-KEPT_WINDOWS),
  ),
].map(measure);
const row = ({ kind, ordinary, text, truth }: Measured) =>
  `    ${JSON.stringify({ kind, ordinary, tokens: truth, text })}`;
writeFileSync(
  new URL('./measured-tokens.json', import.meta.url),
  `{\n  "packages": ${JSON.stringify(packages)},\n  "samples": [\n${kept.map(row).join(',\n')}\n  ]\n}\n`,
);

function measure(sample: Sample): Measured {
  const characters = new CharacterCounts();
  characters.add(sample.text);
  const truth = Object.fromEntries(Object.entries(tokenizers).map(([name, count]) => [name, count(sample.text)]));
  return { ...sample, counts: characters.counts, truth };
}

function fit(names: readonly string[]): number[] {
  const truthOf = ({ truth }: Measured) => Math.max(...names.map((name) => truth[name] ?? 0));
  const kinds = Map.groupBy(measured, ({ kind }) => kind);
  const goal = characterClasses.map(() => 0.001);
  const rules: string[] = [];
  const excesses: string[] = [];
  for (const [at, sample] of measured.entries()) {
    const truth = truthOf(sample);
    const isFitted = sample.kind === 'english' || sample.kind === 'code';
    const weight = (isFitted ? 20 : sample.ordinary ? 2 : 0.1) / (kinds.get(sample.kind)?.length ?? 1);
    for (const [column, count] of sample.counts.entries())
      goal[column] = (goal[column] ?? 0) + (weight * count) / truth;
    const least = Math.min(Buffer.byteLength(sample.text), truth * MARGIN) - TEXT_SLACK;
    if (least > 0) rules.push(`${sum(sample.counts)} >= ${least}`);
    if (!isFitted || sample.text.length < MIN_LENGTH) continue;
    rules.push(`${sum(sample.counts)} - ${truth} e${at} <= ${FIT * truth - TEXT_SLACK}`);
    excesses.push(`+ ${EXCESS} e${at}`);
  }
  const column = (name: CharacterClass) => `x${characterClasses.indexOf(name)}`;
  for (let rarity = 0; rarity < 6; rarity++) {
    if (rarity > 0) rules.push(`${column(`letter ${rarity}`)} - ${column(`letter ${rarity - 1}`)} >= 0`);
    if (rarity > 0) rules.push(`${column(`capital ${rarity}`)} - ${column(`capital ${rarity - 1}`)} >= 0`);
    rules.push(`${column(`capital ${rarity}`)} - ${column(`letter ${rarity}`)} >= 0`);
  }
  const bounds = characterClasses.map((name) => `${leastOf(name)} <= ${column(name)} <= ${bytesOf(name)}`);
  const problem = [
    'Minimize',
    `${sum(goal)}\n${excesses.join('\n')}`,
    'Subject To',
    ...rules,
    'Bounds',
    ...bounds,
    'End',
  ];
  const { Status, Columns } = solver.solve(problem.join('\n'));
  if (Status !== 'Optimal') throw new Error(`${names}: ${Status}`);
  return characterClasses.map((_, at) => Math.ceil((Columns[`x${at}`]?.Primal ?? 0) * 100 - 1e-6) / 100);
}

/** Lines of a problem are short. */
function sum(factors: ArrayLike<number>): string {
  return Array.from(factors, (factor, at) => (factor === 0 ? '' : `+ ${factor} x${at}`))
    .filter((term) => term !== '')
    .join('\n');
}

function isScript(name: CharacterClass): boolean {
  return characterClasses.indexOf(name) >= characterClasses.indexOf('latin');
}

/** No class is free: what is on nobody's list could be made of it. */
function leastOf(name: CharacterClass): number {
  if (isScript(name)) return 0.25;
  return name.startsWith('word') || name === 'hump' ? 0.5 : 0.05;
}

/** The bytes of a character, and of a space before it where that may be a token of its own. */
function bytesOf(name: CharacterClass): number {
  if (!isScript(name)) return name === 'word' || name.endsWith('after space') ? 2 : 1;
  const script = name.replace(/^more /, '');
  const short = [
    'latin',
    'latin marks',
    'signs',
    'greek',
    'cyrillic',
    'armenian',
    'hebrew',
    'arabic',
    'marks',
    'rare 2',
  ];
  const bytes = [...short, 'emoji', 'astral', 'low half'].includes(script) ? 2 : 3;
  return name.startsWith('more ') ? bytes : bytes + 1;
}

function report(name: string, names: readonly string[], each: readonly number[]): void {
  const bound = ({ counts }: Measured) =>
    Math.ceil(counts.reduce((total, count, at) => total + count * (each[at] ?? 0), TEXT_SLACK));
  const show = (title: string, some: readonly Measured[]) => {
    for (const [kind, samples] of Map.groupBy(some, (sample) => sample.kind)) {
      const ratios = samples.flatMap((sample) => names.map((one) => bound(sample) / (sample.truth[one] ?? 1)));
      const long = samples.filter(({ text }) => text.length >= MIN_LENGTH / 2);
      const total = (of: (sample: Measured) => number) =>
        (long.length > 0 ? long : samples).reduce((all, next) => all + of(next), 0);
      const ratio =
        total(bound) / total(({ truth }) => names.reduce((all, one) => all + (truth[one] ?? 0), 0) / names.length);
      console.log(
        [title, name, kind, Math.min(...ratios).toFixed(2), ratio.toFixed(2), Math.max(...ratios).toFixed(2)].join(
          '\t',
        ),
      );
    }
  };
  show('fitted', measured);
  show('held out', others);
}
