import { type Goal, missedGoals } from './goals.ts';
import type { Result } from './simulate.ts';

interface Column {
  title: string;
  goal?: Goal;
  show(result: Result): string;
}

const percent = (share: number, digits: number) => (Number.isNaN(share) ? '–' : `${(share * 100).toFixed(digits)} %`);
const seconds = (some: readonly number[]) => {
  if (some.length === 0) return '–';
  const most = Math.max(...some);
  return Number.isFinite(most) ? `${(most / 1_000).toFixed(1)} s` : 'never';
};

const columns: readonly Column[] = [
  { title: 'scenario', show: ({ scenario }) => scenario.name },
  { title: 'requests', show: ({ requests }) => requests.toLocaleString('en') },
  { title: 'regret', goal: 'regret', show: ({ regret }) => percent(regret, 1) },
  { title: 'failed req.', show: ({ failedRequests }) => percent(failedRequests, 2) },
  { title: 'failed att.', show: ({ failedAttempts }) => percent(failedAttempts, 2) },
  { title: 'outages', show: ({ outages }) => String(outages) },
  { title: 'noticed', goal: 'noticed', show: ({ noticedMs }) => seconds(noticedMs) },
  { title: '(of any 5)', show: ({ sinceAnyMs }) => seconds(sinceAnyMs) },
  { title: 'back', goal: 'back', show: ({ backMs }) => seconds(backMs) },
  { title: 'probes', goal: 'probes', show: ({ mostProbes }) => String(mostProbes) },
  { title: 'transitions', show: ({ transitions }) => String(transitions) },
  { title: 'needless', goal: 'needless', show: ({ needlessOpenings }) => String(needlessOpenings) },
];

/** One line for each result under a line of titles; what misses its goal has a `✗` behind it. */
export function showResults(results: readonly Result[]): string {
  const rows = [
    columns.map(({ title }) => title),
    ...results.map((result) => {
      const missed = missedGoals(result);
      return columns.map(
        ({ show, goal }) => `${show(result)}${goal !== undefined && missed.includes(goal) ? ' ✗' : ''}`,
      );
    }),
  ];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))))
    .map((row) => row.join('  '))
    .join('\n');
}
