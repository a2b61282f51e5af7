import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Installs the package from its packed file into an empty folder, without a network, and runs a router of it: with this Node and with
 * each that is named on the command line. Ends with 1 where something is not as it should be.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const MOST_BYTES = 25_000_000;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

const [packed = ''] = execFileSync('node', ['infra/package/make-package.ts'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .slice(-1);
const folder = mkdtempSync(join(tmpdir(), 'mesh-package-'));
try {
  writeFileSync(join(folder, 'package.json'), '{}');
  const install = [
    'install',
    '--offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    join(root, packed),
  ];
  execFileSync('npm', install, { cwd: folder, stdio: 'inherit' });
  const bytes = sizeOf(join(folder, 'node_modules'));
  console.log(`${packed} takes ${(bytes / 1e6).toFixed(1)} MB when installed`);
  if (bytes > MOST_BYTES) throw new Error(`That is more than ${MOST_BYTES / 1e6} MB.`);
  for (const node of [process.execPath, ...process.argv.slice(2)]) await tryWith(node);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function tryWith(node: string): Promise<void> {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  rmSync(join(folder, '.mesh'), { recursive: true, force: true });
  const env = { PATH: [dirname(node), process.env.PATH].join(delimiter), HOME: folder };
  const program = join(folder, 'node_modules', '.bin', 'mesh-router');
  const router = spawn(node, [program, 'serve', '--port', '0'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(router, 'exit');
  try {
    const from = performance.now();
    const port = await untilListening(router.stdout);
    const tookMs = Math.round(performance.now() - from);
    const ask = [program, 'chat', '--url', `http://localhost:${port}`, '-m', 'mesh/echo', 'It works'];
    const answer = execFileSync(node, ask, { cwd: folder, env, encoding: 'utf8' });
    if (answer !== 'It works\n') throw new Error(`It answered ${JSON.stringify(answer)}.`);
    const docs = await fetch(`http://localhost:${port}/docs/cli`);
    if (!docs.ok) throw new Error('Its documents are not there.');
    const page = await fetch(`http://localhost:${port}/console/`);
    if (!page.ok) throw new Error('Its console is not there.');
    router.kill('SIGTERM');
    const [code] = await Promise.race([gone, afterAll(STOP_LIMIT_MS, 'It did not stop.')]);
    if (code !== 0) throw new Error(`It ended with ${code}.`);
    execFileSync(node, [program, 'check-ledger'], { cwd: folder, env, stdio: 'ignore' });
    console.log(`Node ${version}: listens after ${tookMs} ms, answers, stops, and its books add up`);
  } finally {
    router.kill('SIGKILL');
  }
}

async function untilListening(stdout: NodeJS.ReadableStream): Promise<number> {
  let said = '';
  const heard = new Promise<number>((resolve) => {
    stdout.on('data', (bytes) => {
      said += bytes;
      const port = /"port":(\d+).*"listening"/.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
  return Promise.race([heard, afterAll(START_LIMIT_MS, 'It did not start.')]);
}

function afterAll(milliseconds: number, message: string): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(message)), milliseconds).unref());
}

function sizeOf(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
