import { type Case, type Facts, type Mode, modes } from './cases.ts';
import type { Client } from './client.ts';
import type { Task } from './program.ts';
import { numbered, type Target, targets } from './targets.ts';
import { promptOf, type World } from './world.ts';

/** One cell of the table: a client, a case, whole or streamed, in front of a format. */
export interface Job {
  id: number;
  client: Client;
  case: Case;
  mode: Mode;
  target: Target;
}

export type Verdict = 'pass' | 'fail' | 'not applicable';

export interface Result {
  job: Job;
  verdict: Verdict;
  /** Why it is no pass. */
  reason: string | null;
}

/** Every job that there is for some clients and cases. */
export function jobsOf(clients: readonly Client[], cases: readonly Case[]): Job[] {
  let id = 0;
  return clients.flatMap((client) =>
    cases.flatMap((each) =>
      targets.flatMap((target) => modes.map((mode): Job => ({ id: ++id, client, case: each, mode, target }))),
    ),
  );
}

/** The endpoints that jobs need for themselves. */
export const numbersOf = (jobs: readonly Job[]) =>
  jobs.filter((job) => job.case.fails).map(({ id, target }) => ({ target, number: id }));

/** Why a client can't be tried with a case; null where it can. */
export function lackOf({ client, case: { name }, mode }: Job): string | null {
  return client.lacks[name] ?? client.lacks[`${name} ${mode}`] ?? client.lacks[mode] ?? null;
}

/** Does a job by `run`, which hands it to the client's program, and judges what came of it. */
export async function runJob(
  job: Job,
  world: World,
  run: (task: Task) => Promise<Facts | { died: string }>,
): Promise<Result> {
  const lack = lackOf(job);
  if (lack !== null) return { job, verdict: 'not applicable', reason: lack };
  const { id, client, case: each, mode, target } = job;
  const task: Task = {
    id,
    do: each.does,
    stream: mode === 'stream',
    url: world.url,
    key: await world.openKey(each.key ?? 'good'),
    model: each.model ?? (each.fails ? numbered(target, id) : target.model),
    prompt: promptOf(id, each),
    ...(each.temperature === undefined ? {} : { temperature: each.temperature }),
  };
  const facts = await run(task);
  if ('died' in facts) return { job, verdict: 'fail', reason: facts.died };
  const aborted = each.does === 'abort' && (await world.isAborted(id));
  const reason = each.fault({ facts, requests: world.requestsOf(id), aborted, client, format: target.format, mode });
  return { job, verdict: reason === null ? 'pass' : 'fail', reason };
}
