import { z } from 'zod';
import { ALERTS, alertKinds } from '../../../core/alerts/alerts.ts';
import { DELIVERIES } from '../../../core/channels/deliveries.ts';
import { MeshError } from '../../../core/errors.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Fields, Filter } from '../../../core/store/documents.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import { changeDocument } from '../../access/change-document.ts';
import { recordChange } from '../../access/record-change.ts';
import type { Call } from '../../http/call.ts';
import { toIso } from '../../http/reply-fields.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { listPage, pageFields } from '../pages/list-page.ts';
import { nextBefore } from '../pages/next-before.ts';
import { deliveryReply } from './reply-schemas.ts';

/** Asked for once more within so long, a delivery is told once. */
const REDELIVER_MS = 1_000;

/** Alerts of a page. */
export const MAX_ALERTS = 100;

export const alertsQuery = z.object({
  kind: z.enum(alertKinds).optional(),
  before: z.iso.datetime({ offset: true }).optional().describe('Those raised before that moment.'),
  limit: z.coerce.number().int().min(1).max(MAX_ALERTS).default(MAX_ALERTS),
});
export const deliveriesQuery = z.object({ channel_id: z.string().optional(), ...pageFields });

/** The newest alerts first. Those of one moment are on one page or on both. */
export async function listAlerts(call: Call, services: Services): Promise<Reply> {
  const asked = alertsQuery.safeParse(Object.fromEntries(call.query));
  if (!asked.success) throw toValidationError(asked.error);
  const { kind, before, limit } = asked.data;
  const where: Filter[] = [
    ...(kind === undefined ? [] : [{ field: 'kind', op: '==', value: kind } as const]),
    ...(before === undefined ? [] : [{ field: 'at', op: '<', value: new Date(before) } as const]),
  ];
  const orderBy = { field: 'at', direction: 'desc' } as const;
  const alerts = await services.documents.query({ collection: ALERTS, where, orderBy, limit });
  const next_before = alerts.length < limit ? null : nextBefore(alerts.at(-1)?.data.at);
  return { status: 200, body: { data: alerts.map(({ id, data }) => encodeAlert(id, data)), next_before } };
}

export async function listDeliveries(call: Call, services: Services): Promise<Reply> {
  const channelId = call.query.get('channel_id');
  return listPage(call, services.documents, {
    collection: DELIVERIES,
    field: 'delivery_id',
    isNewestFirst: true,
    where: channelId === null ? [] : [{ field: 'channel_id', op: '==', value: channelId }],
    row: deliveryReply,
    encoder:
      () =>
      ({ data }) =>
        encodeDelivery(data),
  });
}

export async function getDelivery(_call: Call, services: Services, id: string): Promise<Reply> {
  return { status: 200, body: encodeDelivery((await findDelivery(services, id)).data) };
}

/** Tells it once more, with all tries that a new one has. */
export async function redeliver(call: Call, services: Services, id: string): Promise<Reply> {
  const { id: document, data } = await findDelivery(services, id);
  const record = recordChange(call, services, 'delivery.redeliver', { delivery_id: id, channel_id: data.channel_id });
  const now = services.now();
  const fresh = { status: 'pending', attempts: 0n, next_at: new Date(now) };
  // Asked for twice at once, it is told once more: the other's is begun, or due.
  const decide = ({ redelivered_at: last }: Fields) =>
    last instanceof Date && now - last.getTime() < REDELIVER_MS ? {} : { ...fresh, redelivered_at: new Date(now) };
  await changeDocument(services, { collection: DELIVERIES, id: document, record, decide });
  await services.channels.tryNow(id);
  return { status: 202, body: { delivery_id: id } };
}

async function findDelivery({ documents }: Services, id: string) {
  const delivery = await documents.get(DELIVERIES, documentId(id));
  if (delivery === null) throw new MeshError('not_found', { message: 'There is no such delivery.' });
  return delivery;
}

function encodeAlert(id: string, { kind, subject, at, facts }: Fields) {
  return { id, kind, subject, at: (at as Date).toISOString(), facts };
}

function encodeDelivery(data: Fields) {
  const { status } = data;
  return {
    id: data.delivery_id,
    channel_id: data.channel_id,
    owner_id: data.owner_id === '' ? null : data.owner_id,
    message: JSON.parse(String(data.message)) as unknown,
    status,
    attempts: Number(data.attempts),
    next_at: status === 'pending' ? toIso(data.next_at) : null,
    last_status: data.last_status == null ? null : Number(data.last_status),
    last_error: data.last_error ?? null,
    created_at: toIso(data.created_at),
    delivered_at: toIso(data.delivered_at),
  };
}
