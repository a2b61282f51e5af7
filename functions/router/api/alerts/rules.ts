import { z } from 'zod';
import { ALERT_RULES, LEAST_REQUESTS, MAX_ALERT_RULES, MAX_WINDOW_HOURS } from '../../../core/alerts/alert-rules.ts';
import { ownerField } from '../../../core/channels/channels.ts';
import { MeshError } from '../../../core/errors.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Document, Fields } from '../../../core/store/documents.ts';
import { actOnce, changeDocument, makeDocument } from '../../access/change-document.ts';
import { findOwner } from '../../access/find-owner.ts';
import { recordChange } from '../../access/record-change.ts';
import { refuseTooMany } from '../../access/refuse-too-many.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { listPage, pageFields } from '../pages/list-page.ts';
import { ruleReply } from './reply-schemas.ts';

const MAX_NAME = 256;
const MAX_LEAST_REQUESTS = 1_000_000;
const DEFAULT_WINDOW_HOURS = 1;

const percent = z.int().min(1).max(100).describe('Of a hundred requests as many that did not finish.');
const windowHours = z.int().min(1).max(MAX_WINDOW_HOURS).describe('The hours that this much of the past touches.');
const leastRequests = z.int().min(1).max(MAX_LEAST_REQUESTS).describe('Nothing is said of fewer.');
const named = z.string().min(1).max(MAX_NAME).nullish();

export const ruleBody = z.strictObject({
  owner_id: z.string().nullish().describe('Whose requests; null for everybody’s.'),
  model: named.describe('Of one model; null for all.'),
  provider: named.describe('Of one provider; with `model`, of that endpoint in all its regions.'),
  percent,
  window_hours: windowHours.default(DEFAULT_WINDOW_HOURS),
  least_requests: leastRequests.default(LEAST_REQUESTS),
});
export const rulePatch = z.strictObject({
  percent: percent.optional(),
  window_hours: windowHours.optional(),
  least_requests: leastRequests.optional(),
});
export const rulesQuery = z.object({ owner_id: z.string().optional(), ...pageFields });

export async function createRule(call: Call, services: Services): Promise<Reply> {
  const { owner_id, model, provider, ...numbers } = await parseBody(call, ruleBody);
  const ownerId = owner_id ?? null;
  if (ownerId !== null) await findOwner(services, ownerId);
  await refuseTooMany(services, {
    collection: ALERT_RULES,
    ownerId: ownerField(ownerId),
    most: MAX_ALERT_RULES,
    what: 'rules',
  });
  const id = services.mintId('arl');
  const data = {
    rule_id: id,
    owner_id: ownerField(ownerId),
    model: model ?? null,
    provider: provider ?? null,
    ...toFields(numbers),
    created_at: new Date(services.now()),
  };
  const record = recordChange(call, services, 'alert_rule.create', { owner_id: ownerId, rule_id: id });
  await makeDocument(services, { collection: ALERT_RULES, id: documentId(id), record, data });
  return { status: 201, body: encodeRule(data) };
}

export async function listRules(call: Call, services: Services): Promise<Reply> {
  const ownerId = call.query.get('owner_id');
  return listPage(call, services.documents, {
    collection: ALERT_RULES,
    field: 'rule_id',
    where: ownerId === null ? [] : [{ field: 'owner_id', op: '==', value: ownerId }],
    row: ruleReply,
    encoder:
      () =>
      ({ data }) =>
        encodeRule(data),
  });
}

export async function getRule(_call: Call, services: Services, id: string): Promise<Reply> {
  return { status: 200, body: encodeRule((await findRule(services, id)).data) };
}

export async function patchRule(call: Call, services: Services, id: string): Promise<Reply> {
  const fields = toFields(await parseBody(call, rulePatch));
  const { id: document, data } = await findRule(services, id);
  const record = recordOf(call, services, 'alert_rule.update', data);
  const changed = await changeDocument(services, {
    collection: ALERT_RULES,
    id: document,
    record,
    decide: () => fields,
  });
  return { status: 200, body: encodeRule(changed) };
}

export async function deleteRule(call: Call, services: Services, id: string): Promise<Reply> {
  const { id: document, data } = await findRule(services, id);
  await actOnce(services, recordOf(call, services, 'alert_rule.delete', data), async (tx) => {
    tx.write({ kind: 'delete', collection: ALERT_RULES, id: document, expect: 'any' });
  });
  return { status: 204 };
}

async function findRule({ documents }: Services, id: string): Promise<Document> {
  const rule = await documents.get(ALERT_RULES, documentId(id));
  if (rule === null) throw new MeshError('not_found', { message: 'There is no such rule.' });
  return rule;
}

/** The store keeps whole numbers as large ones; what is not named stays as it is. */
function toFields(numbers: Readonly<Record<string, number | undefined>>): Fields {
  const named = Object.entries(numbers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(named.map(([name, value]) => [name, BigInt(value ?? 0)]));
}

function recordOf(call: Call, services: Services, act: string, { owner_id, rule_id }: Fields) {
  return recordChange(call, services, act, { owner_id: owner_id === '' ? null : owner_id, rule_id });
}

function encodeRule(data: Fields) {
  return {
    id: data.rule_id,
    owner_id: data.owner_id === '' ? null : data.owner_id,
    model: data.model,
    provider: data.provider,
    percent: Number(data.percent),
    window_hours: Number(data.window_hours),
    least_requests: Number(data.least_requests),
    created_at: (data.created_at as Date).toISOString(),
  };
}
