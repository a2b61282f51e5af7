import { type Case, type Mode, modes } from './case.ts';
import type { Client } from './client.ts';
import { type Target, targets } from './targets.ts';

/** One cell of the table: a client, a case, whole or streamed, in front of a format. */
export interface Job {
  id: number;
  client: Client;
  case: Case;
  mode: Mode;
  target: Target;
}

/** Every job that there is for some clients and cases. */
export function jobsOf(clients: readonly Client[], cases: readonly Case[]): Job[] {
  let id = 0;
  return clients.flatMap((client) =>
    casesOf(client, cases).flatMap((each) =>
      targets.flatMap((target) => modes.map((mode): Job => ({ id: ++id, client, case: each, mode, target }))),
    ),
  );
}

/** What a client is tried with: what all are, unless it says otherwise, and what it says that it can do besides. */
const casesOf = ({ also, onlyAlso }: Client, cases: readonly Case[]) =>
  cases.filter(({ name, special }) => (special === undefined ? !onlyAlso : also.includes(name)));

/** The endpoints that jobs need for themselves. */
export const numbersOf = (jobs: readonly Job[]) =>
  jobs.filter((job) => job.case.fails).map(({ id, target }) => ({ target, number: id }));

/** Why a client can't be tried with a case; null where it can. */
export function lackOf({ client, case: { name }, mode, target }: Job): string | null {
  const about = [name, `${name} ${mode}`, `${name} ${mode} ${client.surface}`, mode];
  return about.map((each) => client.lacks[each]).find((each) => each !== undefined) ?? target.lacks?.[name] ?? null;
}
