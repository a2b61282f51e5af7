import { type CloudEvent, cloudEvent, http } from '@google-cloud/functions-framework';
import { connectFirestore } from '../platform/documents/firestore-documents.ts';
import { decodePush } from '../platform/events/decode-push.ts';
import { connectPubSubEvents } from '../platform/events/pubsub-events.ts';
import { createLog } from '../platform/pino-log.ts';
import { convertCharges } from './convert-charge.ts';
import { fetchText, readSources, refreshRate } from './refresh-rate.ts';

const projectId = process.env.GOOGLE_CLOUD_PROJECT ?? '';
const documents = connectFirestore({ projectId });
const log = createLog({ level: 'info', service: 'fx' });
const events = connectPubSubEvents({ projectId });
const urls = readSources(process.env.MESH_FX_URLS || process.env.MESH_FX_URL);

/** The function `fx`: hears of every charge on the topic `usage` and puts both currencies on its entry. */
cloudEvent('fx', async (message: CloudEvent<unknown>) => {
  const event = decodePush(message.data);
  if (event === null) log.error('a message that is none was taken from the topic', { id: message.id });
  else log.info('charges converted', { id: event.id, ...(await convertCharges(documents, event.data)) });
});

/** The function `fx-refresh`, called on a schedule: fetches the exchange rate. */
http('fx-refresh', async (_request, response) => {
  const outcome = await refreshRate({ documents, events, log, urls, fetchText });
  response.status(outcome === 'failed' ? 502 : 200).json({ outcome });
});
