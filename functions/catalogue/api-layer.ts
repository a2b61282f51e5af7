import { CATALOGUE, CATALOGUE_LAYERS, CATALOGUE_VERSIONS } from '../core/catalogue-collections.ts';
import { MeshError } from '../core/errors.ts';
import type { Documents, Fields, Transaction, Write } from '../core/store/documents.ts';
import { parseCatalogueFile } from './catalogue-file.ts';
import { type ApiLayer, NO_API_LAYER } from './layers.ts';

/** The API's layer is kept as a row of versions, none of which ever changes; this document names the one that counts. */
const CURRENT = 'current';

/** Bytes of a layer, in one document: Firestore takes a mebibyte. */
export const MAX_LAYER_BYTES = 900_000;

const DIGITS = 8;

/** Numbers as ids: there are few of them, so no server of the store gets too many at once. */
export function versionId(version: number): string {
  return String(version).padStart(DIGITS, '0');
}

/** The layer that counts. Of a transaction, its reads. Throws where it is damaged, or not valid for this release. */
export async function readApiLayer(from: Pick<Documents | Transaction, 'get'>): Promise<ApiLayer> {
  const head = await from.get(CATALOGUE, CURRENT);
  if (head === null) return NO_API_LAYER;
  const layer = await readLayerAt(from, Number(head.data.version));
  if (layer === null) throw new TypeError('The catalogue’s current version is not there.');
  return layer;
}

/** The layer as it was at a version; null where there is no such version. */
export async function readLayerAt(
  from: Pick<Documents | Transaction, 'get'>,
  version: number,
): Promise<ApiLayer | null> {
  if (version === NO_API_LAYER.version) return NO_API_LAYER;
  const stored = await from.get(CATALOGUE_LAYERS, versionId(version));
  return stored === null ? null : { version, file: parseCatalogueFile(JSON.parse(String(stored.data.layer))) };
}

/** The writes that make a layer the current one. `facts`: who made it, and by what. Throws `payload_too_large`. */
export function layerWrites({ version, file }: ApiLayer, facts: Fields): Write[] {
  const layer = JSON.stringify(file);
  if (Buffer.byteLength(layer) > MAX_LAYER_BYTES) {
    throw new MeshError('payload_too_large', {
      message: `What is put over the API may be ${MAX_LAYER_BYTES} bytes long in all: put what stays into the operator's file.`,
    });
  }
  const id = versionId(version);
  const number = BigInt(version);
  return [
    { kind: 'set', collection: CATALOGUE_VERSIONS, id, data: { version: number, ...facts }, expect: 'absent' },
    { kind: 'set', collection: CATALOGUE_LAYERS, id, data: { layer }, expect: 'absent' },
    { kind: 'set', collection: CATALOGUE, id: CURRENT, data: { version: number }, expect: 'any' },
  ];
}
