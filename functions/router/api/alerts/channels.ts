import { z } from 'zod';
import { alertKinds } from '../../../core/alerts/alerts.ts';
import {
  ALERT_CHANNELS,
  type Channel,
  channelDocument,
  channelTypes,
  MAX_ALERT_CHANNELS,
  ownerField,
  toChannel,
} from '../../../core/channels/channels.ts';
import { deliveryWrite } from '../../../core/channels/deliveries.ts';
import { MeshError } from '../../../core/errors.ts';
import type { Document, Fields } from '../../../core/store/documents.ts';
import { invalid } from '../../../formats/shared/refusals.ts';
import { actOnce, changeDocument, makeDocument } from '../../access/change-document.ts';
import { findOwner } from '../../access/find-owner.ts';
import { recordChange } from '../../access/record-change.ts';
import { refuseTooMany } from '../../access/refuse-too-many.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { listPage, pageFields } from '../pages/list-page.ts';
import { channelReply } from './reply-schemas.ts';

const MAX_TARGET = 2_048;

const settings = {
  target: z.string().min(1).max(MAX_TARGET).describe('A URL, or an address of mail.'),
  kinds: z.array(z.enum(alertKinds)).min(1).nullish().describe('Null: all.'),
};

export const channelBody = z.strictObject({
  owner_id: z.string().nullish().describe('Whose alerts; null for everybody’s and the service’s own.'),
  type: z.enum(channelTypes),
  ...settings,
});
export const channelPatch = z.strictObject({
  target: settings.target.optional(),
  kinds: settings.kinds,
  status: z.enum(['active', 'disabled']).optional(),
});
export const channelsQuery = z.object({ owner_id: z.string().optional(), ...pageFields });

export async function createChannel(call: Call, services: Services): Promise<Reply> {
  const { owner_id, type, target, kinds } = await parseBody(call, channelBody);
  const ownerId = owner_id ?? null;
  if (ownerId !== null) await findOwner(services, ownerId);
  refuseTarget(type, target, services.channels.allowPrivate);
  await refuseTooMany(services, {
    collection: ALERT_CHANNELS,
    ownerId: ownerField(ownerId),
    most: MAX_ALERT_CHANNELS,
    what: 'channels',
  });
  const id = services.mintId('chn');
  const data = {
    channel_id: id,
    owner_id: ownerField(ownerId),
    type,
    target,
    kinds: kinds ?? null,
    status: 'active',
    secret_number: 1n,
    created_at: new Date(services.now()),
  };
  const record = recordChange(call, services, 'channel.create', { owner_id: ownerId, channel_id: id });
  await makeDocument(services, { collection: ALERT_CHANNELS, id: channelDocument(id), record, data });
  return { status: 201, body: { ...encodeChannel(data), ...secretOf(services, data) } };
}

export async function listChannels(call: Call, services: Services): Promise<Reply> {
  const ownerId = call.query.get('owner_id');
  return listPage(call, services.documents, {
    collection: ALERT_CHANNELS,
    field: 'channel_id',
    where: ownerId === null ? [] : [{ field: 'owner_id', op: '==', value: ownerId }],
    row: channelReply,
    encoder:
      () =>
      ({ data }) =>
        encodeChannel(data),
  });
}

export async function getChannel(_call: Call, services: Services, id: string): Promise<Reply> {
  return { status: 200, body: encodeChannel((await findChannel(services, id)).data) };
}

export async function patchChannel(call: Call, services: Services, id: string): Promise<Reply> {
  const { target, kinds, status } = await parseBody(call, channelPatch);
  const seen = await findChannel(services, id);
  if (target !== undefined) refuseTarget(toChannel(seen).type, target, services.channels.allowPrivate);
  const fields = { target, kinds, status, ...(status === 'active' ? { disabled_reason: null } : {}) };
  return { status: 200, body: encodeChannel(await change(call, services, seen, 'channel.update', () => fields)) };
}

export async function deleteChannel(call: Call, services: Services, id: string): Promise<Reply> {
  const { id: document, data } = await findChannel(services, id);
  await actOnce(services, recordOf(call, services, 'channel.delete', data), async (tx) => {
    tx.write({ kind: 'delete', collection: ALERT_CHANNELS, id: document, expect: 'any' });
  });
  return { status: 204 };
}

/** A new secret; for a day webhooks are signed with both. */
export async function rotateChannel(call: Call, services: Services, id: string): Promise<Reply> {
  const seen = await findChannel(services, id);
  if (toChannel(seen).type !== 'webhook') {
    throw new MeshError('conflict', { message: 'Only the channels of type webhook have a secret.' });
  }
  const data = await change(call, services, seen, 'channel.rotate', (now) => ({
    secret_number: BigInt(Number(now.secret_number) + 1),
    rotated_at: new Date(services.now()),
  }));
  return { status: 200, body: { ...encodeChannel(data), ...secretOf(services, data) } };
}

/** A delivery that says that it is a test, tried at once. */
export async function testChannel(call: Call, services: Services, id: string): Promise<Reply> {
  const channel = await findChannel(services, id);
  const { ownerId } = toChannel(channel);
  const deliveryId = services.mintId('dlv');
  const now = new Date(services.now());
  const message = { type: 'test', timestamp: now.toISOString(), data: { channel_id: id } };
  await services.documents.commit([
    deliveryWrite({ id: deliveryId, channelId: id, ownerId, message }, now),
    recordOf(call, services, 'channel.test', channel.data),
  ]);
  await services.channels.tryNow(deliveryId);
  return { status: 202, body: { delivery_id: deliveryId } };
}

/** Throws `invalid_request_error` for what is no place of that type. */
function refuseTarget(type: Channel['type'], target: string, allowPrivate: boolean): void {
  if (type === 'email') {
    if (!z.email().safeParse(target).success) throw invalid('target', 'target must be an address of mail.');
    return;
  }
  const url = URL.parse(target);
  const isWeb = url?.protocol === 'https:' || (allowPrivate && url?.protocol === 'http:');
  if (url === null || !isWeb) throw invalid('target', 'target must be an https URL.');
  if (url.username !== '' || url.password !== '')
    throw invalid('target', 'target must have no user name and no password.');
}

export async function findChannel({ documents }: Services, id: string): Promise<Document> {
  const channel = await documents.get(ALERT_CHANNELS, channelDocument(id));
  if (channel === null) throw new MeshError('not_found', { message: 'There is no such channel.' });
  return channel;
}

function change(call: Call, services: Services, { id, data }: Document, act: string, decide: (now: Fields) => Fields) {
  const record = recordOf(call, services, act, data);
  return changeDocument(services, { collection: ALERT_CHANNELS, id, record, decide });
}

function recordOf(call: Call, services: Services, act: string, { owner_id, channel_id }: Fields) {
  return recordChange(call, services, act, { owner_id: owner_id === '' ? null : owner_id, channel_id });
}

function secretOf({ channels }: Services, { type, channel_id, secret_number }: Fields) {
  return type === 'webhook' ? { secret: channels.secret(String(channel_id), Number(secret_number)) } : {};
}

function encodeChannel(data: Fields) {
  return {
    id: data.channel_id,
    owner_id: data.owner_id === '' ? null : data.owner_id,
    type: data.type,
    // A URL of Slack is a credential.
    target: data.type === 'slack' ? `${new URL(String(data.target)).origin}/…` : data.target,
    kinds: data.kinds ?? null,
    status: data.status,
    disabled_reason: data.disabled_reason ?? null,
    created_at: (data.created_at as Date).toISOString(),
  };
}
