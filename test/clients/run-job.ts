import type { Facts } from './cases.ts';
import { type Job, lackOf } from './job.ts';
import type { Task } from './program.ts';
import { numbered } from './targets.ts';
import { promptOf, type World } from './world.ts';

export type Verdict = 'pass' | 'fail' | 'not applicable';

export interface Result {
  job: Job;
  verdict: Verdict;
  /** Why it is no pass. */
  reason: string | null;
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
    surface: client.surface,
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
