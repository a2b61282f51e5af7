import type { Catalogue } from '../../catalogue/catalogue.ts';
import { takeTurn } from '../../core/store/take-turn.ts';
import type { Job } from '../../platform/background/background.ts';
import type { AlertPorts } from '../../platform/events/raise-alert.ts';
import { tellErrorShares } from './tell-error-shares.ts';
import { tellRetiring } from './tell-retiring.ts';
import { tellStatements } from './tell-statements.ts';

/** How often rules are judged. */
export const ERROR_SHARES_MS = 5 * 60_000;
/** How often it is looked for statements that are ready and models that retire. */
export const DAYS_MS = 30 * 60_000;

export interface WatchPorts extends AlertPorts {
  /** What is served. */
  catalogue(): Catalogue;
  /** Unix milliseconds, the store's clock. */
  now(): number;
}

/** What nothing that is asked causes, but time does: looked for by one of all instances, every so often. */
export function watchJobs({ catalogue, now, ...ports }: WatchPorts): Job[] {
  const job = (name: string, everyMs: number, run: (now: number) => Promise<void>): Job => ({
    name,
    everyMs,
    async run() {
      const at = now();
      // Timers are a little early or late: a turn of one is not lost to another for that.
      if (await takeTurn(ports.documents, name, everyMs / 2, at)) await run(at);
    },
  });
  return [
    job('error_shares', ERROR_SHARES_MS, (at) => tellErrorShares(ports, at)),
    job('statements', DAYS_MS, (at) => tellStatements(ports, at)),
    job('retiring_models', DAYS_MS, (at) => tellRetiring(ports, catalogue(), at)),
  ];
}
