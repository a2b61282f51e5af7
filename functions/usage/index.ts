import { type CloudEvent, cloudEvent } from '@google-cloud/functions-framework';
import { requestIdsOf } from '../core/usage-event.ts';
import { connectFirestore } from '../platform/documents/firestore-documents.ts';
import { decodePush } from '../platform/events/decode-push.ts';
import { createLog } from '../platform/pino-log.ts';
import { countUsage } from './count-usage.ts';

/** The function `usage`: hears of every charge on the topic `usage` and adds it to the rollups. */
const documents = connectFirestore({ projectId: process.env.GOOGLE_CLOUD_PROJECT ?? '' });
const log = createLog({ level: 'info', service: 'usage' });

cloudEvent('usage', async (message: CloudEvent<unknown>) => {
  const event = decodePush(message.data);
  for (const request_id of requestIdsOf(event?.data)) {
    const outcome = await countUsage(documents, { request_id });
    log.info(`charge ${outcome}`, { id: request_id });
  }
});
