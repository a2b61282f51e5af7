import { type CloudEvent, cloudEvent, http } from '@google-cloud/functions-framework';
import { connectFirestore } from '../platform/documents/firestore-documents.ts';
import { decodePush } from '../platform/events/decode-push.ts';
import { connectPubSubEvents } from '../platform/events/pubsub-events.ts';
import { createLog } from '../platform/json-log.ts';
import { followEvent } from '../platform/telemetry/follow-event.ts';
import { metricNames } from '../platform/telemetry/metric-names.ts';
import { startFunctionTelemetry } from '../platform/telemetry/start-function-telemetry.ts';
import { checkConversions } from './check-conversions.ts';
import { fetchText, readSources, refreshRate } from './refresh-rate.ts';

const projectId = process.env.GOOGLE_CLOUD_PROJECT ?? '';
const documents = connectFirestore({ projectId, emulatorHost: process.env.FIRESTORE_EMULATOR_HOST || null });
const log = createLog({ level: 'info', service: 'fx' });
const telemetry = startFunctionTelemetry('fx', process.env, log);
const events = connectPubSubEvents({ projectId });
const urls = readSources(process.env.MESH_FX_URLS || process.env.MESH_FX_URL);

/** The function `fx`: hears of every charge on the topic `usage`, and converts a sample of them again. */
cloudEvent('fx', async (message: CloudEvent<unknown>) => {
  const event = decodePush(message.data);
  if (event === null) log.error('a message that is none was taken from the topic', { id: message.id });
  else {
    const { tracing, flush } = await telemetry;
    await followEvent(tracing, 'fx', event, async (trace) => {
      log.info('conversions checked', {
        id: event.id,
        ...(await checkConversions(documents, event.data, log)),
        ...trace,
      });
    });
    await flush();
  }
});

/** The function `fx-refresh`, called on a schedule: fetches the exchange rate. */
http('fx-refresh', async (_request, response) => {
  const outcome = await refreshRate({ documents, events, log, urls, fetchText });
  const { metrics, flush } = await telemetry;
  if (outcome === 'stored' || outcome === 'unchanged')
    metrics.add(metricNames.scheduleSuccess, 1, { 'mesh.job': 'fx' });
  await flush();
  response.status(outcome === 'failed' ? 502 : 200).json({ outcome });
});
