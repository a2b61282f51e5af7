import {
  type Entry,
  type EntryKind,
  entryIn,
  layeredEntry,
  listEntries,
  withEntry,
  withoutEntry,
} from '../../../catalogue/catalogue-entries.ts';
import { parseCatalogueFile } from '../../../catalogue/catalogue-file.ts';
import { MeshError } from '../../../core/errors.ts';
import type { Call } from '../../http/call.ts';
import { readJson } from '../../http/read-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { changeLayer, etagOf } from './change-layer.ts';

/** Of a name in the API's layer. Files may have others. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}$/;

/** `GET /v1/catalogue/models` and `/providers`: every name, and the layers that say something of it. */
export const listLayered =
  (kind: EntryKind) =>
  (_call: Call, { living }: Services): Reply => {
    const layers = living.layers();
    const served = living.current();
    const data = [...listEntries(layers, kind)].map(([id, of]) => ({
      id,
      layers: [...of],
      served: kind === 'models' ? served.models.has(id) : isServing(served.models.values(), id),
    }));
    return { status: 200, body: { version: layers.api.version, data }, headers: { etag: etagOf(layers.api) } };
  };

function isServing(models: Iterable<{ endpoints: readonly { provider: string }[] }>, provider: string): boolean {
  for (const { endpoints } of models) if (endpoints.some((endpoint) => endpoint.provider === provider)) return true;
  return false;
}

/** `GET /v1/catalogue/models/{id}` and `/providers/{id}`: what each layer says, and what comes of it. */
export const getLayered =
  (kind: EntryKind) =>
  (_call: Call, { living }: Services, id: string): Reply => {
    const layers = living.layers();
    const found = layeredEntry(layers, kind, id);
    if (found === null) throw notNamed(id);
    return { status: 200, body: { version: layers.api.version, ...found }, headers: { etag: etagOf(layers.api) } };
  };

/** `PUT`: what the API's layer says of a name, whole; null takes away what lies below. */
export const putEntry =
  (kind: EntryKind) =>
  async (call: Call, services: Services, id: string): Promise<Reply> => {
    if (!ID.test(id)) {
      throw new MeshError('invalid_request_error', { param: 'id', message: 'id: must be letters, digits and ._:@/+-' });
    }
    const entry = parseEntry(kind, id, await readJson(call));
    return changeLayer(call, services, {
      act: 'put',
      about: { kind, id },
      decide: (file) => withEntry(file, kind, id, entry),
    });
  };

/** `DELETE`: the API's layer says nothing of the name any more, and what lies below holds again. */
export const deleteEntry =
  (kind: EntryKind) =>
  (call: Call, services: Services, id: string): Promise<Reply> =>
    changeLayer(call, services, {
      act: 'delete',
      about: { kind, id },
      decide(file) {
        if (entryIn(file, kind, id) === undefined) throw notNamed(id);
        return withoutEntry(file, kind, id);
      },
    });

/** By the same schema as a file, with the same paths of its mistakes. */
function parseEntry(kind: EntryKind, id: string, body: unknown): Entry | null {
  return entryIn(parseCatalogueFile({ [kind]: { [id]: body } }), kind, id) ?? null;
}

function notNamed(id: string): MeshError {
  return new MeshError('not_found', { message: `Nothing is said of ${JSON.stringify(id)} there.` });
}
