import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/**
 * `npm run check [-- --testPathPatterns TEXT]`: lint, types and units at once, because each leaves a core idle now and then.
 * What the linters say comes after the tests. Ends with 1 where any of them found something.
 */
const run = (stdio: 'inherit' | 'pipe', ...args: string[]) =>
  spawn('npm', ['run', '--silent', ...args], {
    stdio: ['ignore', stdio, stdio],
    shell: process.platform === 'win32',
  });

const lint = run('pipe', 'lint');
const units = run('inherit', 'jest', '--', '--selectProjects=unit', '--maxWorkers=100%', ...process.argv.slice(2));
const ended = [lint, units].map(async (child) => (await once(child, 'exit'))[0] as number | null);
const said = [lint.stdout, lint.stderr].map(async (stream) => (stream === null ? '' : await text(stream)));

const [linted, tested] = await Promise.all(ended);
process.stdout.write((await Promise.all(said)).join(''));
if (linted !== 0) console.error('Lint or types: see above.');
process.exitCode = linted === 0 && tested === 0 ? 0 : 1;
