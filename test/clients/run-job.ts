import type { Facts } from './case.ts';
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
  /** How often the client asked the router for an answer. */
  asked?: number;
  /** What a command line client printed. */
  printed?: string;
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
  const key = await world.openKey(each.key ?? 'good');
  const task: Task = {
    id,
    do: each.does,
    surface: client.surface,
    stream: mode === 'stream',
    url: world.url,
    key,
    model: each.model ?? (each.fails ? numbered(target, id) : target.model),
    prompt: promptOf(id, each),
    ...(each.temperature === undefined ? {} : { temperature: each.temperature }),
    ...(each.retries === undefined ? {} : { retries: each.retries }),
  };
  const facts = await run(task);
  if ('died' in facts) return { job, verdict: 'fail', reason: facts.died };
  const aborted = each.does === 'abort' && (await world.isAborted(id));
  const asked = world.askedWith(key);
  const requests = world.requestsOf(id);
  const reason = each.fault({ facts, asked, requests, aborted, client, format: target.format, mode });
  const seen = facts.printed === undefined ? {} : { asked: asked.length, printed: facts.printed };
  return { job, verdict: reason === null ? 'pass' : 'fail', reason, ...seen };
}
