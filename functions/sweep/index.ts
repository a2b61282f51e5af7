import { http } from '@google-cloud/functions-framework';
import { connectFirestore } from '../platform/documents/firestore-documents.ts';
import { connectPubSubEvents } from '../platform/events/pubsub-events.ts';
import { createLog } from '../platform/pino-log.ts';
import { sweep } from './sweep.ts';

/** The function `sweep`, called on a schedule. */
const projectId = process.env.GOOGLE_CLOUD_PROJECT ?? '';
const documents = connectFirestore({ projectId });
const events = connectPubSubEvents({ projectId });
const log = createLog({ level: 'info', service: 'sweep' });

http('sweep', async (_request, response) => {
  const report = await sweep({ documents, events, log });
  response.status(report.failed === 0 ? 200 : 500).json(report);
});
