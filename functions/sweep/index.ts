import { http } from '@google-cloud/functions-framework';
import { connectFirestore } from '../platform/documents/firestore-documents.ts';
import { connectPubSubEvents } from '../platform/events/pubsub-events.ts';
import { createLog } from '../platform/json-log.ts';
import { startFunctionTelemetry } from '../platform/telemetry/start-function-telemetry.ts';
import { measureSweep } from './measure-sweep.ts';
import { sweep } from './sweep.ts';

/** The function `sweep`, called on a schedule. */
const projectId = process.env.GOOGLE_CLOUD_PROJECT ?? '';
const documents = connectFirestore({ projectId, emulatorHost: process.env.FIRESTORE_EMULATOR_HOST || null });
const events = connectPubSubEvents({ projectId });
const log = createLog({ level: 'info', service: 'sweep' });
const telemetry = startFunctionTelemetry('sweep', process.env, log);

http('sweep', async (_request, response) => {
  const report = await sweep({ documents, events, log });
  const { metrics, flush } = await telemetry;
  measureSweep(metrics, report);
  await flush();
  response.status(report.failed === 0 ? 200 : 500).json(report);
});
