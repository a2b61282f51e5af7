import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { cases } from './cases.ts';
import { type Client, readClients, surfaces } from './client.ts';
import { describeResults } from './describe-results.ts';
import { clientEnvironment } from './environment.ts';
import { type Installed, installClient, layShared } from './install.ts';
import { jobsOf } from './job.ts';
import { Program, type Task } from './program.ts';
import { type Result, runJob } from './run-job.ts';
import { openWorld } from './world.ts';

/**
 * Installs real clients and tries each with every case, whole and streamed, in front of a provider of each format.
 *
 *     npm run test:clients                                   // all of them
 *     npm run test:clients -- --client openai-node --case tools --surface chat --output table.md
 *
 * Prints a table, and ends with 1 where something failed or could not be installed.
 */

/** How many clients are installed, and tried, at once. */
const AT_ONCE = 2;
/** For all of it, from an empty cache. What is left then fails. */
const TOTAL_LIMIT_MS = 30 * 60_000;

const { values } = parseArgs({
  options: {
    client: { type: 'string', multiple: true },
    case: { type: 'string', multiple: true },
    surface: { type: 'string', multiple: true },
    output: { type: 'string' },
  },
});
const isWanted = (wanted: readonly string[] | undefined, name: string) => wanted?.includes(name) ?? true;
const clients = readClients().filter(
  ({ id, surface }) => isWanted(values.client, id) && isWanted(values.surface ?? [...surfaces], surface),
);
const tell = (text: string) => process.stderr.write(`${text}\n`);

const installed = new Map<Client, Extract<Installed, { folder: string }>>();
const missing: { client: Client; reason: string }[] = [];
await layShared();
await each([...new Set(clients.map(({ id }) => id))], async (id) => {
  const speaking = clients.filter((client) => client.id === id);
  const [first] = speaking;
  if (first === undefined) return;
  const found = await installClient(first);
  for (const client of speaking) {
    if ('missing' in found) missing.push({ client, reason: found.missing });
    else installed.set(client, found);
  }
  tell(`${id} ${first.version}: ${'missing' in found ? found.missing : 'installed'}`);
});

const jobs = jobsOf(
  [...installed.keys()],
  cases.filter(({ name }) => isWanted(values.case, name)),
);
const world = await openWorld(jobs);
// Or its router would go on without anybody.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void world.close().finally(() => process.exit(1)));
const results: Result[] = [];
try {
  await each([...installed], async ([client, { command, folder }]) => {
    const env = clientEnvironment(await world.makeHome(`${client.id}-${client.surface}`), world.nowhere);
    const program = new Program(command, { cwd: folder, env });
    const run = (task: Task) =>
      performance.now() < TOTAL_LIMIT_MS ? program.run(task) : Promise.resolve({ died: 'the time for all is over' });
    try {
      for (const job of jobs.filter((job) => job.client === client)) results.push(await runJob(job, world, run));
    } finally {
      program.stop();
    }
    const failed = results.filter(({ job, verdict }) => job.client === client && verdict === 'fail').length;
    tell(`${client.id}, ${client.surface}: ${failed === 0 ? 'all passed' : `${failed} failed`}`);
  });
} finally {
  await world.close();
}

results.sort((a, b) => a.job.id - b.job.id);
const table = describeResults(results, missing, world.wantedOutside);
process.stdout.write(table);
if (values.output !== undefined) await writeFile(values.output, table);
process.exitCode = missing.length === 0 && results.every(({ verdict }) => verdict !== 'fail') ? 0 : 1;

/** Does something for all of a list, a few at a time. */
async function each<T>(list: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...list];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
