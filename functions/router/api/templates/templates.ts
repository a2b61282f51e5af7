import { hash } from 'node:crypto';
import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Document, Fields, Transaction, Write } from '../../../core/store/documents.ts';
import { variablesIn } from '../../../core/templates/fill-template.ts';
import {
  MAX_TEMPLATE_BYTES,
  MAX_TEMPLATES,
  MAX_VERSIONS,
  TEMPLATE_NAMES,
  TEMPLATE_VERSIONS,
  TEMPLATES,
  type TemplateContent,
} from '../../../core/templates/template.ts';
import { MAX_NAME_LENGTH, messageSchema, messagesOf } from '../../../formats/pivot/chat-request.ts';
import { invalid } from '../../../formats/shared/refusals.ts';
import { authenticate } from '../../access/authenticate.ts';
import { actOnce } from '../../access/change-document.ts';
import type { Key } from '../../access/key-cache.ts';
import { recordChange } from '../../access/record-change.ts';
import { refuseTooMany } from '../../access/refuse-too-many.ts';
import { findTemplate, nameId, versionId } from '../../access/template-cache.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { listPage } from '../pages/list-page.ts';
import { checkParams } from './check-params.ts';
import { templateReply } from './reply-schemas.ts';

/**
 * What a template may be called: one segment of a path, on whatever way it comes, so no slash and not only dots. `@` tells a version,
 * and an id is what it begins with.
 */
const name = z
  .string()
  .max(MAX_NAME_LENGTH)
  .regex(
    /^(?!tpl_)[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_ .:-]*[\p{L}\p{M}\p{N}_.:-])?$/u,
    'must be letters, digits, spaces, `_`, `.`, `:` and `-`, begin with a letter, a digit or `_`, and not with `tpl_`',
  );

/** What may be changed of a template. Absent fields stay, null clears. */
const settings = {
  description: z.string().nullish(),
  system: z.string().min(1).nullish(),
  messages: messagesOf(messageSchema).nullish(),
  model: z.string().max(MAX_NAME_LENGTH).nullish(),
  params: z.record(z.string(), z.unknown()).nullish(),
  variables: z.array(z.string().max(MAX_NAME_LENGTH)).nullish(),
  team_id: z.null().optional().describe('There are no teams.'),
};

export const templateBody = z.strictObject({ name, ...settings });
export const templatePatch = z.strictObject({ name: name.optional(), ...settings });

type Settings = Omit<z.infer<typeof templatePatch>, 'name' | 'team_id'>;

/** Fields of a request that are no defaults for one. */
const notParams = ['messages', 'model', 'template', 'variables'];

export async function createTemplate(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const { name, team_id: _none, ...rest } = await parseBody(call, templateBody);
  const content = toContent(rest, emptyContent);
  await refuseTooMany(services, {
    collection: TEMPLATE_NAMES,
    ownerId: key.ownerId,
    most: MAX_TEMPLATES,
    what: 'templates',
  });
  const id = services.mintId('tpl');
  const at = new Date(services.now());
  const data = { template_id: id, owner_id: key.ownerId, name, version: 1n, ...toFields(content), created_at: at };
  const record = recordOf(call, services, 'template.create', key, data);
  await actOnce(services, record, async (tx) => {
    await takeName(tx, key, id, name);
    writeVersion(tx, { ...data, updated_at: at });
  });
  return { status: 201, body: encodeTemplate(await found(services, key, id)) };
}

export async function listTemplates(call: Call, services: Services): Promise<Reply> {
  const { ownerId } = await authenticate(call, services.keys);
  return listPage(call, services.documents, {
    collection: TEMPLATES,
    field: 'template_id',
    where: [{ field: 'owner_id', op: '==', value: ownerId }],
    row: templateReply,
    encoder: () => encodeTemplate,
  });
}

export async function getTemplate(call: Call, services: Services, reference: string): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  return { status: 200, body: encodeTemplate(await found(services, key, reference)) };
}

/** The versions that are kept, newest first, without their texts. */
export async function listVersions(call: Call, services: Services, reference: string): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const { data } = await found(services, key, reference);
  const versions = await services.documents.query({
    collection: TEMPLATE_VERSIONS,
    where: [{ field: 'template_id', op: '==', value: String(data.template_id) }],
    orderBy: { field: 'version', direction: 'desc' },
    limit: MAX_VERSIONS,
  });
  return { status: 200, body: versions.map(encodeVersion) };
}

/** The next version. Two changes at once make two, each over the other. */
export async function patchTemplate(call: Call, services: Services, reference: string): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const { name, team_id: _none, ...rest } = await parseBody(call, templatePatch);
  const seen = await found(services, key, reference);
  const id = String(seen.data.template_id);
  const record = recordOf(call, services, 'template.update', key, seen.data);
  await actOnce(services, record, async (tx) => {
    const { data } = await current(tx, key, id);
    const renamed = name !== undefined && name !== data.name;
    if (renamed) await takeName(tx, key, id, name);
    if (renamed)
      tx.write({
        kind: 'delete',
        collection: TEMPLATE_NAMES,
        id: nameId(key.ownerId, String(data.name)),
        expect: 'any',
      });
    const content = toContent(rest, JSON.parse(String(data.content)) as TemplateContent);
    const version = BigInt(Number(data.version) + 1);
    const updated_at = new Date(services.now());
    const next = { ...data, ...(renamed ? { name } : {}), ...toFields(content), version, updated_at };
    writeVersion(tx, next);
    return recordOf(call, services, 'template.update', key, next);
  });
  return { status: 200, body: encodeTemplate(await found(services, key, id)) };
}

/** Nothing of its text is left, in no version. */
export async function deleteTemplate(call: Call, services: Services, reference: string): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const { data } = await found(services, key, reference);
  const id = String(data.template_id);
  await actOnce(services, recordOf(call, services, 'template.delete', key, data), async (tx) => {
    const { data } = await current(tx, key, id);
    const newest = Number(data.version);
    const drop = (collection: string, document: string) =>
      tx.write({ kind: 'delete', collection, id: document, expect: 'any' });
    drop(TEMPLATES, documentId(id));
    drop(TEMPLATE_NAMES, nameId(key.ownerId, String(data.name)));
    for (let version = newest; version > Math.max(0, newest - MAX_VERSIONS); version--) {
      drop(TEMPLATE_VERSIONS, versionId(id, version));
    }
  });
  return { status: 204 };
}

async function found({ documents }: Services, { ownerId }: Key, reference: string): Promise<Document> {
  const template = await findTemplate(documents, ownerId, reference);
  if (template === null) throw notFound();
  return template;
}

async function current(tx: Transaction, { ownerId }: Key, id: string): Promise<Document> {
  const template = await tx.get(TEMPLATES, documentId(id));
  if (template?.data.owner_id !== ownerId) throw notFound();
  return template;
}

function notFound() {
  return new MeshError('not_found', { message: 'There is no such template.' });
}

/** Throws `conflict` where another template of the owner has it. */
async function takeName(tx: Transaction, { ownerId }: Key, templateId: string, name: string): Promise<void> {
  const id = nameId(ownerId, name);
  if ((await tx.get(TEMPLATE_NAMES, id)) !== null) {
    throw new MeshError('conflict', { param: 'name', message: 'There is a template of this name already.' });
  }
  const data = { owner_id: ownerId, template_id: templateId };
  tx.write({ kind: 'set', collection: TEMPLATE_NAMES, id, data, expect: 'absent' });
}

/** A version, which is the newest now. The one that is too many goes. */
function writeVersion(tx: Transaction, data: Fields): void {
  const id = String(data.template_id);
  const version = Number(data.version);
  tx.write({
    kind: 'set',
    collection: TEMPLATES,
    id: documentId(id),
    data,
    expect: version === 1 ? 'absent' : 'present',
  });
  tx.write({ kind: 'set', collection: TEMPLATE_VERSIONS, id: versionId(id, version), data, expect: 'absent' });
  const oldest = version - MAX_VERSIONS;
  if (oldest > 0) {
    tx.write({ kind: 'delete', collection: TEMPLATE_VERSIONS, id: versionId(id, oldest), expect: 'any' });
  }
}

/** The audit keeps which template, and a hash of its text. */
function recordOf(call: Call, services: Services, act: string, key: Key, data: Fields): Write {
  const { template_id, sha256 } = data;
  return recordChange(call, services, act, { owner_id: key.ownerId, key_id: key.id, template_id, sha256 });
}

const emptyContent: TemplateContent = {
  description: null,
  system: null,
  messages: [],
  model: null,
  params: {},
  variables: [],
};

/** What a template says after a change of what it said `before`. Throws `invalid_request_error`. */
function toContent(settings: Settings, before: TemplateContent): TemplateContent {
  const { description, system, messages, model, params } = settings;
  const said = {
    description: description === undefined ? before.description : description,
    system: system === undefined ? before.system : system,
    messages: messages === undefined ? before.messages : (messages ?? []),
    model: model === undefined ? before.model : model,
    params: params === undefined ? before.params : (params ?? {}),
  };
  const variables = variablesIn(said);
  refuseUndeclared(settings.variables, variables);
  const param = notParams.find((field) => Object.hasOwn(said.params, field));
  if (param !== undefined) {
    throw invalid(`params.${param}`, `\`${param}\` has a place of its own in a template or none.`);
  }
  checkParams(said.params);
  const content: TemplateContent = { ...said, variables };
  if (Buffer.byteLength(JSON.stringify(content)) > MAX_TEMPLATE_BYTES) {
    throw invalid('messages', `A template may have ${MAX_TEMPLATE_BYTES / 1_024} KiB of JSON.`);
  }
  return content;
}

/** Whoever lists the variables wants to hear of one that he did not mean. */
function refuseUndeclared(declared: readonly string[] | null | undefined, used: readonly string[]): void {
  const missing = declared == null ? undefined : used.find((variable) => !declared.includes(variable));
  if (missing !== undefined) throw invalid('variables', `The texts also need ${missing}, which is not among them.`);
}

function toFields(content: TemplateContent) {
  const text = JSON.stringify(content);
  return { content: text, sha256: hash('sha256', text, 'hex') };
}

function encodeTemplate({ data }: Document) {
  const { created_at, updated_at } = data;
  return {
    id: data.template_id,
    owner: data.owner_id,
    name: data.name,
    version: Number(data.version),
    ...(JSON.parse(String(data.content)) as TemplateContent),
    team_id: null,
    is_global: false,
    created_at: (created_at as Date).toISOString(),
    updated_at: (updated_at as Date).toISOString(),
  };
}

function encodeVersion({ data }: Document) {
  return { version: Number(data.version), sha256: data.sha256, updated_at: (data.updated_at as Date).toISOString() };
}
