import { type CloudEvent, cloudEvent } from '@google-cloud/functions-framework';
import { parseOwnKey, USER_SECRET, USER_SECRET_VERSION } from '../core/seal/own-secrets.ts';
import { systemClock } from '../platform/clock.ts';
import { connectFirestore } from '../platform/documents/firestore-documents.ts';
import { decodePush } from '../platform/events/decode-push.ts';
import { connectPubSubEvents } from '../platform/events/pubsub-events.ts';
import { createLog } from '../platform/json-log.ts';
import { connectSecretManager } from '../platform/secrets/secret-manager-secrets.ts';
import { followEvent } from '../platform/telemetry/follow-event.ts';
import { startFunctionTelemetry } from '../platform/telemetry/start-function-telemetry.ts';
import { openDeliverer, readWebhookSettings } from './open-deliverer.ts';
import { handleWebhooks } from './webhooks.ts';

const projectId = process.env.GOOGLE_CLOUD_PROJECT ?? '';
const documents = connectFirestore({ projectId, emulatorHost: process.env.FIRESTORE_EMULATOR_HOST || null });
const events = connectPubSubEvents({ projectId });
const log = createLog({ level: 'info', service: 'webhooks' });
const telemetry = startFunctionTelemetry('webhooks', process.env, log);
const secrets = connectSecretManager({ projectId });
const settings = readWebhookSettings(
  process.env.MESH_MAIL_URL,
  process.env.MESH_MAIL_FROM,
  process.env.MESH_PRIVATE_WEBHOOKS,
);
const ownKey = secrets.get(USER_SECRET, USER_SECRET_VERSION).then((found) => parseOwnKey(USER_SECRET, found?.value));
// Whoever needs it hears of what goes wrong; without a call nobody would.
ownKey.catch(() => {});

/** The function `webhooks`: tells channels of alerts, by the topics `alerts` and `webhooks`. */
cloudEvent('webhooks', async (message: CloudEvent<unknown>) => {
  const event = decodePush(message.data);
  if (event === null) log.error('a message that is none was taken from the topic', { id: message.id });
  else {
    const deliverer = openDeliverer({
      documents,
      events,
      log,
      settings,
      ownKey: await ownKey,
      secret: async (name) => (await secrets.get(name))?.value ?? null,
      now: () => systemClock.now(),
    });
    const { tracing, flush } = await telemetry;
    await followEvent(tracing, 'webhooks', event, async (trace) => {
      log.info('channels told', {
        id: event.id,
        outcomes: (await handleWebhooks(deliverer, event)).join(' '),
        ...trace,
      });
    });
    await flush();
  }
});
