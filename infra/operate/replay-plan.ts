import type { PlanStep, Site } from './plan.ts';

/** Who hears of charges, and who writes what they heard. */
const SUBSCRIPTIONS = {
  charges: ['usage-usage', 'usage-fx'],
  warehouse: ['usage-warehouse', 'alerts-warehouse'],
} as const;

/** What can be sent again. */
export const replayed = Object.keys(SUBSCRIPTIONS) as readonly Replay['what'][];

/** A moment as plans take it: `2026-11-26T10:15:00Z`. */
export const SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

export interface Replay {
  what: keyof typeof SUBSCRIPTIONS;
  /** Just before the trouble began; within seven days. */
  since: string;
  /** Whether what lies in `parked` has been written by now, and goes. */
  emptyParked: boolean;
}

/** Sends subscriptions back in time. A charge that was counted is not counted twice; a row may be written twice, under one id. */
export function replayPlan(
  { projectId, now }: Pick<Site, 'projectId' | 'now'>,
  { what, since, emptyParked }: Replay,
): PlanStep[] {
  const seek = (name: string, time: string) => {
    return ['gcloud', 'pubsub', 'subscriptions', 'seek', name, `--time=${time}`, `--project=${projectId}`];
  };
  const steps: PlanStep[] = SUBSCRIPTIONS[what].map((name) => ({
    title: `Send ${name} back`,
    command: seek(name, since),
  }));
  if (!emptyParked) return steps;
  const command = seek('parked', `${now.toISOString().slice(0, 19)}Z`);
  return [...steps, { ask: 'Is everything that was parked where it belongs?', title: 'Empty parked', command }];
}
