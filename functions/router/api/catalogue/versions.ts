import { z } from 'zod';
import { readLayerAt, versionId } from '../../../catalogue/api-layer.ts';
import { changedEntries } from '../../../catalogue/catalogue-entries.ts';
import type { ApiLayer } from '../../../catalogue/layers.ts';
import { CATALOGUE_VERSIONS } from '../../../core/catalogue-collections.ts';
import { MeshError } from '../../../core/errors.ts';
import type { Document, Query } from '../../../core/store/documents.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { changeLayer } from './change-layer.ts';

export const MAX_VERSIONS_PAGE = 100;

export const versionsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_VERSIONS_PAGE).default(MAX_VERSIONS_PAGE),
  before: z.coerce.number().int().positive().optional().describe('Only versions that came before this one.'),
});

/** `GET /v1/catalogue/versions`: who changed what and when, newest first. */
export async function listVersions(call: Call, { documents, living }: Services): Promise<Reply> {
  const asked = versionsQuery.safeParse(Object.fromEntries(call.query));
  if (!asked.success) throw toValidationError(asked.error);
  const { limit, before } = asked.data;
  const where: Query['where'] = before === undefined ? [] : [{ field: 'version', op: '<', value: BigInt(before) }];
  const found = await documents.query({
    collection: CATALOGUE_VERSIONS,
    where,
    orderBy: { field: 'version', direction: 'desc' },
    limit,
  });
  return { status: 200, body: { version: living.layers().api.version, data: found.map(encodeVersion) } };
}

/** `GET /v1/catalogue/versions/{n}`: one of them, with its difference and the whole layer. */
export async function getVersion(_call: Call, { documents }: Services, id: string): Promise<Reply> {
  const version = toNumber(id);
  const stored = await documents.get(CATALOGUE_VERSIONS, versionId(version));
  const [before, after] = [await readLayerAt(documents, version - 1), await readLayerAt(documents, version)];
  if (stored === null || before === null || after === null) throw noVersion();
  // A field that is undefined is left out: the entry was not there.
  return {
    status: 200,
    body: { ...encodeVersion(stored), changes: changedEntries(before.file, after.file), layer: after.file },
  };
}

/** `POST /v1/catalogue/versions/{n}/restore`: the layer as it was then, as a new version. 0 is the empty one. */
export async function restoreVersion(call: Call, services: Services, id: string): Promise<Reply> {
  const version = toNumber(id);
  const then: ApiLayer | null = await readLayerAt(services.documents, version);
  if (then === null) throw noVersion();
  return changeLayer(call, services, { act: 'restore', about: { restored: BigInt(version) }, decide: () => then.file });
}

function encodeVersion({ data }: Document) {
  return {
    version: Number(data.version),
    act: data.act,
    kind: data.kind ?? null,
    id: data.id ?? null,
    restored: data.restored === undefined ? null : Number(data.restored),
    admin_id: data.admin_id,
    at: (data.at as Date).toISOString(),
    request_id: data.request_id,
  };
}

function toNumber(id: string): number {
  if (!/^\d{1,8}$/.test(id)) throw noVersion();
  return Number(id);
}

function noVersion(): MeshError {
  return new MeshError('not_found', { message: 'There is no such version of the catalogue.' });
}
