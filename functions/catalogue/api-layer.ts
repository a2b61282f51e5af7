import type { Document, Documents, Transaction } from '../core/store/documents.ts';
import { parseCatalogueFile } from './catalogue-file.ts';
import { type ApiLayer, NO_API_LAYER } from './layers.ts';

/**
 * The API's layer is kept as a row of versions, `catalogue_versions/{number}`, none of which ever changes: each has the whole
 * layer as JSON, and who made it, when, and by what change. `catalogue/current` says which one counts.
 */
export const CATALOGUE = 'catalogue';
export const CURRENT = 'current';
export const CATALOGUE_VERSIONS = 'catalogue_versions';

const DIGITS = 8;

/** Numbers as ids, in the order of the numbers: there are few of them, so no server gets too many of them at once. */
export function versionId(version: number): string {
  return String(version).padStart(DIGITS, '0');
}

/** The layer that counts. Of a transaction, its reads. Throws where it is damaged, or not valid for this release. */
export async function readApiLayer(from: Pick<Documents | Transaction, 'get'>): Promise<ApiLayer> {
  const head = await from.get(CATALOGUE, CURRENT);
  if (head === null) return NO_API_LAYER;
  const stored = await from.get(CATALOGUE_VERSIONS, versionId(Number(head.data.version)));
  if (stored === null) throw new TypeError('The catalogue’s current version is not there.');
  return toApiLayer(stored);
}

export function toApiLayer({ data }: Document): ApiLayer {
  return { version: Number(data.version), file: parseCatalogueFile(JSON.parse(String(data.layer))) };
}
