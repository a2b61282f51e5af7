import { parseArgs } from 'node:util';
import { MutatedCopy, type Tests, type Verdict } from './mutated-copy.ts';
import { type Area, areas, mutations } from './mutations.ts';
import { type Placed, placeMutations } from './place-mutations.ts';

/**
 * `npm run test:mutations [-- --only TEXT] [-- --units] [-- --jobs N]`: makes each mistake in a copy of the project and looks
 * whether a test sees it: all of them on the related units, then those that no unit saw on what starts a router. Prints a line
 * for each; exits with 1 where a smaller part than `GOAL` is seen.
 */
const GOAL = 0.95;

type Level = Tests['project'];

/** `test`: the first one that failed. */
interface Seen {
  mutation: Placed;
  by: Level | null;
  test: string;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    units: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
  },
});
const startedAt = performance.now();
const minutes = () => ((performance.now() - startedAt) / 60_000).toFixed(1);

/** Works off a list with as many copies as there are. */
async function each<T>(copies: readonly MutatedCopy[], some: readonly T[], act: Act<T>): Promise<void> {
  const left = [...some];
  await Promise.all(
    copies.map(async (copy) => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await act(copy, next);
    }),
  );
}
type Act<T> = (copy: MutatedCopy, each: T) => Promise<void>;

/** Tests that fail without any mistake would see every one. */
async function checkUnchanged(copies: readonly MutatedCopy[], level: Level, some: Iterable<Area>): Promise<void> {
  await each(copies, [...new Set(some)], async (copy, area) => {
    const verdict = await copy.run({ project: level, pattern: areas[area][level] });
    if (!verdict.passed) throw new Error(`Without a mistake a ${level} test of ${area} fails: ${verdict.failed}`);
    console.log(`${minutes().padStart(5)} min  ${level} tests of ${area} pass without a mistake`);
  });
}

/** A test that measures may fail because the machine is busy: one that has seen a mistake sees it again. */
async function look(copy: MutatedCopy, { area }: Placed, level: Level): Promise<Verdict> {
  const tests = { project: level, pattern: areas[area][level] };
  for (let time = 0; ; time++) {
    const first = await copy.run(tests);
    if (first.passed || first.file === null) return first;
    const again = await copy.run({ ...tests, pattern: first.file });
    if (!again.passed) return again;
    // What fails by chance twice says nothing.
    if (time > 0) return { passed: true };
  }
}

async function attack(copies: readonly MutatedCopy[], level: Level, some: readonly Placed[]): Promise<Seen[]> {
  const seen: Seen[] = [];
  await each(copies, some, async (copy, mutation) => {
    const { file, from, to } = mutation;
    const verdict = await copy.with(file, from, to, () => look(copy, mutation, level));
    seen.push(verdict.passed ? { mutation, by: null, test: '' } : { mutation, by: level, test: verdict.failed });
    const what = verdict.passed ? `no ${level} test` : `${level}: «${verdict.failed}»`;
    console.log(
      `${minutes().padStart(5)} min  ${seen.length}/${some.length}  ${mutation.area}: ${mutation.name} (${file})\n` +
        `           ${what}`,
    );
  });
  return seen;
}

const chosen = placeMutations(mutations.filter(({ name, area }) => `${area}: ${name}`.includes(values.only)));
const copies = Array.from({ length: Number(values.jobs) }, () => new MutatedCopy());
const close = () => {
  for (const copy of copies) copy.close();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    close();
    process.exit(1);
  });
}
try {
  await checkUnchanged(
    copies,
    'unit',
    chosen.map(({ area }) => area),
  );
  const byUnits = await attack(copies, 'unit', chosen);
  const left = byUnits.filter(({ by }) => by === null).map(({ mutation }) => mutation);
  if (!values.units && left.length > 0)
    await checkUnchanged(
      copies,
      'system',
      left.map(({ area }) => area),
    );
  const bySystem = values.units ? [] : await attack(copies, 'system', left);
  const unseen = (values.units ? byUnits : bySystem).filter(({ by }) => by === null);
  const units = chosen.length - left.length;
  const system = bySystem.filter(({ by }) => by !== null).length;
  for (const { mutation } of unseen) console.log(`SURVIVED  ${mutation.area}: ${mutation.name} (${mutation.file})`);
  console.log(
    `${units + system} of ${chosen.length} mutations were seen: ${units} by units, ${system} by what starts a router, ` +
      `in ${minutes()} minutes`,
  );
  if (values.only === '' && units + system < GOAL * chosen.length) process.exitCode = 1;
} finally {
  close();
}
