import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { areas, type Mutation, mutations } from './mutations.ts';

/**
 * `npm run test:mutations [-- --only TEXT] [-- --units]`: makes each mistake in a copy of the project and looks whether a test
 * sees it, units first, then what starts a router. Prints a line for each; exits with 1 where fewer than `GOAL` are seen.
 */
const GOAL = 57;
/** How long the tests of one mutation may take; one that hangs is seen. */
const LIMIT_MS = 180_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({ options: { only: { type: 'string' }, units: { type: 'boolean', default: false } } });
const chosen = mutations.filter(
  ({ name, area }) => values.only === undefined || `${area}: ${name}`.includes(values.only),
);

const copy = mkdtempSync(join(tmpdir(), 'mesh-mutations-'));
for (const name of ['functions', 'emulators', 'infra', 'test', 'package.json', 'tsconfig.json', 'README.md']) {
  cpSync(join(root, name), join(copy, name), { recursive: true });
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

const listed = execFileSync('git', ['ls-files', 'functions'], { cwd: root, encoding: 'utf8' }).split('\n');
const sources = listed.filter((path) => path.endsWith('.ts') && !/(\.test|-contract)\.ts$/.test(path));

/** The one file that has it. */
function fileOf({ name, from }: Mutation): string {
  const found = sources.filter((path) => readFileSync(join(root, path), 'utf8').includes(from));
  const [file] = found;
  if (file === undefined || found.length > 1) throw new Error(`«${name}» stands in ${found.length} files.`);
  const text = readFileSync(join(root, file), 'utf8');
  if (text.indexOf(from) !== text.lastIndexOf(from)) throw new Error(`«${name}» stands twice in ${file}.`);
  return file;
}

function passes(project: string, pattern: string): boolean {
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const jest = [
    `--selectProjects=${project}`,
    '--testPathPatterns',
    pattern,
    '--bail',
    '--silent',
    '--reporters=default',
  ];
  const { status } = spawnSync(process.execPath, [...args, ...jest, '--forceExit'], { cwd: copy, timeout: LIMIT_MS });
  return status === 0;
}

/** Who saw it; null where nobody did. */
function seenBy(mutation: Mutation): 'unit' | 'system' | null {
  const { unit, system } = areas[mutation.area];
  if (!passes('unit', unit)) return 'unit';
  if (values.units || passes('system', system)) return null;
  return 'system';
}

const startedAt = performance.now();
let seen = 0;
try {
  const missing = chosen.filter((mutation) => {
    try {
      fileOf(mutation);
      return false;
    } catch (error) {
      console.log((error as Error).message);
      return true;
    }
  });
  if (missing.length > 0) throw new Error(`${missing.length} mutations have no place in the code.`);
  for (const [at, mutation] of chosen.entries()) {
    const file = fileOf(mutation);
    const text = readFileSync(join(root, file), 'utf8');
    writeFileSync(
      join(copy, file),
      text.replace(mutation.from, () => mutation.to),
    );
    const by = seenBy(mutation);
    writeFileSync(join(copy, file), text);
    if (by !== null) seen++;
    const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
    console.log(
      `${at + 1}/${chosen.length} ${minutes} min  ${(by ?? 'SURVIVED').padEnd(9)} ${mutation.area}: ${mutation.name}  (${file})`,
    );
  }
  console.log(`${seen} of ${chosen.length} mutations were seen`);
  if (values.only === undefined && seen < GOAL) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
