import type { PlanStep, Site } from './plan.ts';

/** Who hears of charges, and who writes what they heard. */
const SUBSCRIPTIONS = {
  charges: ['usage-usage', 'usage-fx'],
  warehouse: ['usage-warehouse', 'alerts-warehouse'],
} as const;

export interface Replay {
  what: keyof typeof SUBSCRIPTIONS;
  /** Just before the trouble began; within seven days. */
  since: string;
  /** Whether what lies in `parked` has been written by now, and goes. */
  emptyParked: boolean;
}

/** Sends subscriptions back in time. A charge that was counted is not counted twice; a row may be written twice, under one id. */
export function replayPlan({ projectId, now }: Site, { what, since, emptyParked }: Replay): PlanStep[] {
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
