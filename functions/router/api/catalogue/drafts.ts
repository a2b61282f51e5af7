import { z } from 'zod';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { withEntries } from '../../../catalogue/catalogue-entries.ts';
import { type CatalogueFile, parseCatalogueFile } from '../../../catalogue/catalogue-file.ts';
import { compareCatalogues } from '../../../catalogue/compare-catalogues.ts';
import { sameDestinations } from '../../../catalogue/destinations.ts';
import type { Layers } from '../../../catalogue/layers.ts';
import { mistakesOf } from '../../../catalogue/mistakes.ts';
import { MeshError } from '../../../core/errors.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import type { Call } from '../../http/call.ts';
import { readJson } from '../../http/read-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { DAY_MS } from '../usage/range.ts';
import { readRollups } from '../usage/read-rollups.ts';
import { composeOr, modelsChanged, warningsOf } from './change-layer.ts';
import { refusePrivatePlaces } from './refuse-private.ts';
import { addUpPlaces, effectOn } from './usage-effect.ts';

export const draftQuery = z.object({
  layer: z
    .enum(['api', 'file'])
    .default('api')
    .describe('`api`: entries to be put over the API; `file`: a whole file of the operator.'),
});

/**
 * `POST /v1/catalogue/drafts/check`: what a draft would change, and what it would have made of the last day; or all that is wrong
 * with it. Nothing is changed.
 */
export async function checkDraft(call: Call, services: Services): Promise<Reply> {
  const asked = draftQuery.safeParse(Object.fromEntries(call.query));
  if (!asked.success) throw toValidationError(asked.error);
  const { living } = services;
  const layers = living.layers();
  const body = await readJson(call);
  let draft: Layers;
  let after: Catalogue;
  try {
    draft = withDraft(layers, asked.data.layer, parseCatalogueFile(body));
    after = living.compose(draft);
    refusePrivatePlaces(
      { catalogue: after, file: draft.api.file },
      { catalogue: composeOr(services, layers.api), file: layers.api.file },
      services.vault.allowPrivate,
    );
  } catch (thrown) {
    const mistakes = mistakesOf(thrown);
    return { status: 200, body: { valid: false, mistakes, version: layers.api.version } };
  }
  const before = living.compose({});
  const difference = compareCatalogues(before, after);
  return {
    status: 200,
    body: {
      valid: true,
      mistakes: [],
      version: layers.api.version,
      moves_credentials:
        !sameDestinations(layers.api.file, draft.api.file) || !sameDestinations(layers.file, draft.file),
      difference,
      warnings: await warningsOf(services, difference, after, [
        ...modelsChanged(layers.api.file, draft.api.file),
        ...modelsChanged(layers.file, draft.file),
      ]),
      last_day: await lastDay(services, before, after),
    },
  };
}

/** The layers as they would be: of the API each entry that is named is another, the operator's file is another as a whole. */
function withDraft(layers: Layers, layer: 'api' | 'file', file: CatalogueFile): Layers {
  if (layer === 'file') return { ...layers, file };
  return { ...layers, api: { ...layers.api, file: withEntries(layers.api.file, file) } };
}

/** What the draft would have made of the hours since this time yesterday; null where there is too much to be added up. */
async function lastDay({ documents, now, living }: Services, before: Catalogue, after: Catalogue) {
  const range = { start: new Date(now() - DAY_MS), end: new Date(now()) };
  try {
    const places = await addUpPlaces(readRollups(documents, { ownerId: null, keyId: null, grain: 'hour', range }));
    const [here, there] = await Promise.all([living.available(before), living.available(after)]);
    return { since: range.start.toISOString(), ...effectOn(places, here, there) };
  } catch (thrown) {
    if (thrown instanceof MeshError) return null;
    throw thrown;
  }
}
