import { setTimeout as pause } from 'node:timers/promises';
import { layerWrites, readApiLayer, readLayerAt } from '../../../catalogue/api-layer.ts';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { changedEntries } from '../../../catalogue/catalogue-entries.ts';
import type { CatalogueFile } from '../../../catalogue/catalogue-file.ts';
import { type CatalogueDifference, compareCatalogues } from '../../../catalogue/compare-catalogues.ts';
import { sameDestinations } from '../../../catalogue/destinations.ts';
import type { ApiLayer } from '../../../catalogue/layers.ts';
import { MeshError } from '../../../core/errors.ts';
import type { Fields } from '../../../core/store/documents.ts';
import { transactPatiently } from '../../../core/store/transact.ts';
import { type Admin, adminOf, requireScope } from '../../access/admin.ts';
import { recordChange } from '../../access/record-change.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { refusePrivatePlaces } from './refuse-private.ts';
import { toWarnings } from './warnings.ts';

export interface LayerChange {
  act: 'put' | 'delete' | 'restore';
  /** What it is of, for the audit log. */
  about: Fields;
  /** The layer as it is to be. */
  decide(file: CatalogueFile): CatalogueFile;
}

/**
 * Makes the API's layer another one: whole or not at all, in one commit with its version and the record of who did it, over whatever
 * others change at the same time. It is served here before it is answered, and by all others as soon as they hear of it.
 *
 * Throws the mistakes of what would come of it, `conflict` where `If-Match` names another version, and `forbidden` for where
 * credentials go without the scope for that.
 */
export async function changeLayer(call: Call, services: Services, { act, about, decide }: LayerChange): Promise<Reply> {
  const admin = adminOf(call);
  const { documents, living } = services;
  const patience = { pause: (milliseconds: number) => pause(milliseconds), random: Math.random };
  const { before, after } = await transactPatiently(documents, patience, async (tx) => {
    const found = await readApiLayer(tx);
    const facts = { ...about, admin_id: admin.id };
    const next: ApiLayer = { version: found.version + 1, file: decide(found.file) };
    const record = recordChange(call, services, `catalogue.${act}`, { ...facts, version: BigInt(next.version) });
    const done = await tx.get(record.collection, record.id);
    if (done !== null) return asDone(tx, Number(done.data.version));
    refuseOthers(call, found);
    refuseDestinations(admin, found.file, next.file);
    refusePrivatePlaces(
      { catalogue: living.compose({ api: next }), file: next.file },
      { catalogue: composeOr(services, found), file: found.file },
      services.vault.allowPrivate,
    );
    const at = new Date(services.now());
    for (const write of layerWrites(next, { ...facts, act, at, request_id: call.requestId })) tx.write(write);
    tx.write(record);
    return { before: found, after: next };
  });
  // Where it cannot be read back now, it is as soon as it can.
  await living.refresh().catch(() => {});
  return { status: 200, body: await describeChange(services, before, after), headers: { etag: etagOf(after) } };
}

/** An earlier run of the same transaction was applied, though its answer was lost. */
async function asDone(tx: Parameters<typeof readApiLayer>[0], version: number) {
  const [before, after] = [await readLayerAt(tx, version - 1), await readLayerAt(tx, version)];
  if (before === null || after === null) throw new TypeError('A version of the catalogue is not there.');
  return { before, after };
}

export function etagOf({ version }: ApiLayer): string {
  return `"${version}"`;
}

/** Two administrators at once: the second has not seen what the first did. */
function refuseOthers({ req }: Call, found: ApiLayer): void {
  const wanted = req.headers['if-match'];
  if (wanted === undefined || wanted.trim() === '*') return;
  const named = wanted.split(',').map((each) => each.trim());
  if (named.includes(etagOf(found))) return;
  throw new MeshError('conflict', {
    message: `The catalogue is at version ${found.version} by now: look at it, and send the change again.`,
    details: { version: found.version },
  });
}

export function refuseDestinations(admin: Admin, before: CatalogueFile, after: CatalogueFile): void {
  if (!sameDestinations(before, after)) {
    requireScope(admin, 'catalogue:credentials', 'To say where credentials go');
  }
}

/** What a change makes of the catalogue, and what may surprise. */
export async function describeChange(services: Services, before: ApiLayer, after: ApiLayer) {
  const { living } = services;
  const catalogue = living.compose({ api: after });
  const difference = compareCatalogues(composeOr(services, before), catalogue);
  const named = modelsChanged(before.file, after.file);
  return { version: after.version, difference, warnings: await warningsOf(services, difference, catalogue, named) };
}

/** A layer that is not valid beside the others by now is compared by what is served. */
export function composeOr({ living }: Services, api: ApiLayer): Catalogue {
  try {
    return living.compose({ api });
  } catch {
    return living.current();
  }
}

/** Models that one file says another thing of than the other, but for what it takes away. */
export function modelsChanged(before: CatalogueFile, after: CatalogueFile): string[] {
  return changedEntries(before, after).flatMap(({ kind, id, after }) => (kind === 'models' && after ? [id] : []));
}

export async function warningsOf(
  services: Services,
  difference: CatalogueDifference,
  after: Catalogue,
  named: readonly string[],
) {
  // Whether credentials are there cannot be said while their store is away.
  const available = await services.living.available(after).catch(() => after);
  const found = new Set(available.secretNames());
  return toWarnings(difference, after, named, new Set(after.secretNames().filter((name) => !found.has(name))));
}
