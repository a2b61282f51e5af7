import { errorFacts } from '../error-facts.ts';
import type { Log } from '../log.ts';
import { metricNames } from '../telemetry/metric-names.ts';
import type { Metrics } from '../telemetry/telemetry.ts';

/** Work that is done again and again. */
export interface Job {
  /** Stable: logs and metrics name it. */
  name: string;
  everyMs: number;
  /** Whether it is done at once, too, and not from one interval on. */
  atOnce?: boolean;
  run(): unknown;
}

/** How long failures of the same work are only counted after one was logged. Milliseconds. */
export const QUIET_MS = 10_000;

/**
 * The one way to do work that nobody awaits. Whatever it throws, now or later, is logged with its name under the code
 * `background_failed`, and counted; nothing of it reaches the process.
 */
export interface Background {
  /**
   * Resolves when the work is over, however it ended; never rejects. `work` is best a function, so that what it throws before
   * it gives a promise is caught too. `name` is stable; `facts` are ids, never content.
   */
  run(name: string, work: Work, facts?: Readonly<Record<string, string>>): Promise<void>;
  /** Runs a job every so often; not while it still runs. */
  every(job: Job): void;
  /** Starts no job any more. What runs goes on. */
  close(): void;
}

type Work = (() => unknown) | Promise<unknown>;

export interface BackgroundPorts {
  log: Log;
  metrics: Metrics;
  /** Monotonic milliseconds. */
  monotonic(): number;
}

export function createBackground({ log, metrics, monotonic }: BackgroundPorts): Background {
  const timers: NodeJS.Timeout[] = [];
  /** When each work was last told of, and how often it has failed silently since. */
  const told = new Map<string, { at: number; silent: number }>();

  function failed(name: string, thrown: unknown, facts: Readonly<Record<string, string>>): void {
    metrics.add(metricNames.backgroundFailures, 1, { 'mesh.job': name });
    const last = told.get(name);
    if (last !== undefined && monotonic() - last.at < QUIET_MS) {
      last.silent++;
      return;
    }
    told.set(name, { at: monotonic(), silent: 0 });
    const more = last === undefined || last.silent === 0 ? {} : { silent: last.silent };
    log.error('background work failed', {
      code: 'background_failed',
      job: name,
      ...errorFacts(thrown),
      ...facts,
      ...more,
    });
  }

  async function run(name: string, work: Work, facts: Readonly<Record<string, string>> = {}): Promise<void> {
    try {
      await (typeof work === 'function' ? work() : work);
    } catch (thrown) {
      try {
        failed(name, thrown, facts);
      } catch {
        // The log or the metrics are broken themselves: nobody is left who could be told.
      }
    }
  }

  return {
    run,
    every({ name, everyMs, atOnce = false, run: work }) {
      let running = false;
      const start = async () => {
        if (running) return;
        running = true;
        await run(name, work);
        running = false;
      };
      timers.push(setInterval(start, everyMs).unref());
      if (atOnce) void start();
    },
    close() {
      for (const timer of timers) clearInterval(timer);
      timers.length = 0;
    },
  };
}
