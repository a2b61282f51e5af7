import { setTimeout as wait } from 'node:timers/promises';
import { type CloudEvent, cloudEvent } from '@google-cloud/functions-framework';
import type { Names } from '../core/ledger/usage-event.ts';
import { systemClock } from '../platform/clock.ts';
import { connectFirestore } from '../platform/documents/firestore-documents.ts';
import { decodePush } from '../platform/events/decode-push.ts';
import { connectPubSubEvents } from '../platform/events/pubsub-events.ts';
import { createLog } from '../platform/json-log.ts';
import { followEvent } from '../platform/telemetry/follow-event.ts';
import { startFunctionTelemetry } from '../platform/telemetry/start-function-telemetry.ts';
import type { Metrics } from '../platform/telemetry/telemetry.ts';
import { countNamed } from './count-usage.ts';
import { GATHER_MS, gatherUsage } from './gather-usage.ts';
import { measureLag } from './measure-lag.ts';
import { reportDeadLetter } from './report-dead-letter.ts';

const projectId = process.env.GOOGLE_CLOUD_PROJECT ?? '';
const documents = connectFirestore({ projectId, emulatorHost: process.env.FIRESTORE_EMULATOR_HOST || null });
const log = createLog({ level: 'info', service: 'usage' });
const telemetry = startFunctionTelemetry('usage', process.env, log);

const gathering = { pause: wait, monotonic: systemClock.monotonic, gatherMs: GATHER_MS };
/** Instances choose their shard once: where there are few, whoever reads has few rollups to read. */
const place = Math.random();
const countOf = (metrics: Metrics) => (names: Names) =>
  countNamed(documents, names, () => place, measureLag(metrics, systemClock));
let gather: ReturnType<typeof gatherUsage> | null = null;

/** The function `usage`: hears of every charge on the topic `usage` and adds it to the rollups. */
cloudEvent('usage', async (message: CloudEvent<unknown>) => {
  const event = decodePush(message.data);
  if (event === null) log.error('a message that is none was taken from the topic', { id: message.id });
  else {
    const { metrics, tracing, flush } = await telemetry;
    await followEvent(tracing, 'usage', event, async (trace) => {
      gather ??= gatherUsage({ ...gathering, count: countOf(metrics) });
      const counted = await gather(event.data);
      log.info('charges counted', { id: event.id, ...counted, ...trace });
    });
    await flush();
  }
});

const events = connectPubSubEvents({ projectId });

/** The function `usage-dead-letter`: hears of messages that either consumer of `usage` failed to handle again and again. */
cloudEvent('usage-dead-letter', async (message: CloudEvent<unknown>) => {
  await reportDeadLetter({ documents, events, log }, decodePush(message.data), message.id);
});
