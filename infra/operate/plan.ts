/** One command of a plan, and what it is for. Run twice it does no harm, or `done` says that it was done. */
export interface PlanStep {
  title: string;
  command: readonly string[];
  /** Asked first. Where it succeeds, and says this, the command is left out: an earlier run came so far. */
  done?: { command: readonly string[]; says?: RegExp };
  /** What the command reads: a secret, which is shown nowhere. */
  input?: string;
  /** Environment that the command wants beside our own. */
  env?: Readonly<Record<string, string>>;
  /** What somebody should have looked at before this step. */
  ask?: string;
}

/** Where a plan is carried out. */
export interface Site {
  projectId: string;
  /** The first is home. */
  regions: readonly [string, ...string[]];
  /** Where Firestore and its exports are. */
  location: string;
  /** Whether a load balancer stands in front. */
  edge: boolean;
  openBy: 'all_users' | 'no_check';
  /** Names `envs/<environment>.tfvars`. */
  environment: string;
  /** What stands in commands where they want a time. */
  now: Date;
}
