import type { Result } from './simulate.ts';

export const MOST_REGRET = 0.05;
export const NOTICED_WITHIN_MS = 2_000;
export const MOST_PROBES = 1;
export const BACK_WITHIN_MS = 30_000;
/**
 * Times that breakers open without an outage. One may come of chance where errors begin: five in a row are an outage until it
 * is known that the endpoint fails now and then. A second one would be oscillation.
 */
export const MOST_NEEDLESS = 1;

/** What a result was to be and was not, in the names of the table's columns; empty where all is well. */
export function missedGoals({ regret, noticedMs, mostProbes, backMs, needlessOpenings }: Result): Goal[] {
  const missed: Record<Goal, boolean> = {
    regret: !(regret <= MOST_REGRET),
    noticed: !noticedMs.every((each) => each <= NOTICED_WITHIN_MS),
    probes: !(mostProbes <= MOST_PROBES),
    back: !backMs.every((each) => each <= BACK_WITHIN_MS),
    needless: needlessOpenings > MOST_NEEDLESS,
  };
  return goals.filter((goal) => missed[goal]);
}

export const goals = ['regret', 'noticed', 'probes', 'back', 'needless'] as const;
export type Goal = (typeof goals)[number];
