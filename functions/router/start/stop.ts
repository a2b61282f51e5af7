import { errorFacts } from '../../platform/error-facts.ts';
import type { PublicApi } from '../http/handle.ts';
import type { Host } from '../http/serve.ts';
import type { RunningRouter } from './create-router.ts';
import type { Platform } from './platform.ts';

/**
 * How long running answers may go on after SIGTERM, how long they then have to end with an error, and how long their charges
 * may take after that. Cloud Run kills at 10 s.
 */
export const ANSWER_GRACE_MS = 5_000;
export const LAST_FRAME_MS = 1_000;
export const SETTLE_GRACE_MS = 1_500;
/** How often, within that time, those are ended that came meanwhile on connections which were open. */
const END_EVERY_MS = 100;
/** How long the last metrics and spans may take to be sent, while events are. */
export const TELEMETRY_GRACE_MS = 500;
/** Whatever hangs, the process is gone by then. */
export const LAST_RESORT_MS = 9_000;

export interface Running {
  platform: Platform;
  api: Pick<PublicApi, 'endAll'>;
  host: Pick<Host, 'close'>;
  router: Pick<RunningRouter, 'background' | 'close'>;
  exit(code: number): void;
}

/**
 * Ends a router in order: no new request, answers to their end, charges posted, leases back, events and metrics sent. Asked
 * again meanwhile it goes on as it is, and the process ends with the highest code that was asked for.
 */
export function createStop(running: Running): (code: number) => Promise<void> {
  let stopping: Promise<void> | null = null;
  let highest = 0;
  return (code) => {
    highest = Math.max(highest, code);
    stopping ??= stop(running, () => highest);
    return stopping;
  };
}

async function stop({ platform, api, host, router, exit }: Running, code: () => number): Promise<void> {
  const { documents, events, secrets, upstream, telemetry, log } = platform;
  // It holds the process up: what is waited for may be nothing that Node would stay for.
  const lastResort = setTimeout(() => {
    log.error('the router did not stop in time', { code: 'stop_too_slow' });
    exit(1);
  }, LAST_RESORT_MS);
  const step = (name: string, work: () => unknown) => router.background.run(`stop_${name}`, work);
  let every: NodeJS.Timeout | undefined;
  const grace = setTimeout(() => {
    every = setInterval(() => step('late_answers', () => api.endAll()), END_EVERY_MS);
  }, ANSWER_GRACE_MS - END_EVERY_MS);
  await step('answers', () => host.close(ANSWER_GRACE_MS + LAST_FRAME_MS));
  clearTimeout(grace);
  clearInterval(every);
  await step('charges', () => router.close(SETTLE_GRACE_MS));
  await Promise.all([
    step('upstreams', () => upstream.close()),
    step('events', () => events.close()),
    step('secrets', () => secrets.close()),
    step('telemetry', () => telemetry.close(TELEMETRY_GRACE_MS)),
  ]);
  await step('documents', () => documents.close());
  clearTimeout(lastResort);
  exit(code());
}

/**
 * A second signal changes nothing: stopping has its limits, and npm sends the Ctrl-C that the terminal has sent already.
 * Who cannot wait so long sends SIGKILL. `tell` is called once.
 */
export function stopOnSignals(
  on: (signal: 'SIGTERM' | 'SIGINT', listener: () => void) => void,
  stop: (code: number) => Promise<void>,
  tell: () => void = () => {},
): void {
  let told = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    on(signal, () => {
      if (!told) tell();
      told = true;
      void stop(0);
    });
  }
}

/** What whoever has pressed Ctrl-C waits for. `running`: answers that have not ended. */
export function describeStop(running: number): string {
  if (running === 0) return 'Stopping: the last charges are written down.';
  const answers = running === 1 ? '1 answer has' : `${running} answers have`;
  const seconds = (ANSWER_GRACE_MS + LAST_FRAME_MS) / 1_000;
  return `Stopping: ${answers} at most ${seconds} s to end, then the last charges are written down.`;
}

/**
 * The last resort: what nobody caught is told, and the process ends in order. Its state may be wrong from here on, so it is not
 * kept.
 */
export function stopOnUncaught(
  { log }: Pick<Platform, 'log'>,
  on: (event: 'uncaughtException' | 'unhandledRejection', listener: (thrown: unknown) => void) => void,
  stop: (code: number) => Promise<void>,
): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    on(event, (thrown) => {
      log.error('something was not caught', { code: 'uncaught', event, ...errorFacts(thrown) });
      void stop(1);
    });
  }
}
