import { fetchText, refreshRate } from '../../fx/refresh-rate.ts';
import type { Job } from '../../platform/background/background.ts';
import { WEBHOOKS_TOPIC } from '../../platform/events/events.ts';
import { metricNames } from '../../platform/telemetry/metric-names.ts';
import { forgetCharges } from '../../sweep/forget-charges.ts';
import { measureSweep } from '../../sweep/measure-sweep.ts';
import { sweep } from '../../sweep/sweep.ts';
import { type Config, isEmulated } from './config.ts';
import type { Platform } from './platform.ts';

/** How often expired holds and lost events are looked for. */
const SWEEP_MS = 60_000;
/** How often lines of charges whose time is over are looked for. */
const FORGET_MS = 24 * 3_600_000;
/** How often deliveries that are due are looked for. */
const WEBHOOKS_MS = 5_000;
/** How often the source of the exchange rate is asked; most change once a day. */
const RATE_SOURCE_MS = 6 * 3_600_000;

/** What schedules do in production, and nobody else would on a laptop. Each is done once at the start. */
export function localJobs(platform: Platform, config: Pick<Config, 'fxUrls' | 'store' | 'projectId'>): Job[] {
  const { metrics } = platform.telemetry;
  const jobs: Job[] = [];
  const { fxUrls } = config;
  if (fxUrls !== null) {
    jobs.push({
      name: 'exchange_rate_source',
      everyMs: RATE_SOURCE_MS,
      atOnce: true,
      async run() {
        const outcome = await refreshRate({ ...platform, urls: fxUrls, fetchText });
        const isFresh = outcome === 'stored' || outcome === 'unchanged';
        if (isFresh) metrics.add(metricNames.scheduleSuccess, 1, { 'mesh.job': 'fx' });
      },
    });
  }
  if (config.store.kind === 'sqlite' || isEmulated(config)) {
    jobs.push({
      name: 'sweep',
      everyMs: SWEEP_MS,
      atOnce: true,
      run: async () => measureSweep(metrics, await sweep(platform)),
    });
    jobs.push({
      name: 'forget_charges',
      everyMs: FORGET_MS,
      atOnce: true,
      async run() {
        const charges = await forgetCharges(platform.documents);
        if (charges > 0) platform.log.info('charges whose time was over are forgotten', { charges });
      },
    });
    jobs.push({
      name: 'webhooks',
      everyMs: WEBHOOKS_MS,
      run: () => platform.events.publish(WEBHOOKS_TOPIC, { id: 'due', data: {} }),
    });
  }
  return jobs;
}
