import type { Catalogue } from './catalogue.ts';
import type { CatalogueFile } from './catalogue-file.ts';
import { buildCatalogue } from './load-catalogue.ts';
import { eachChecked } from './mistakes.ts';
import { refusePriceSlips } from './refuse-price-slips.ts';
import type { Variables } from './resolve-url.ts';

/** What administrators put over the API: all of it, and the number that its last change made. 0 is the empty one. */
export interface ApiLayer {
  version: number;
  file: CatalogueFile;
}

export const NO_API_LAYER: ApiLayer = { version: 0, file: {} };

/** What a catalogue is made of, each laid over the one before. Immutable: a change is another object. */
export interface Layers {
  /** What comes with the router. */
  readonly builtin: readonly CatalogueFile[];
  /** The operator's file. */
  readonly file: CatalogueFile;
  readonly api: ApiLayer;
}

/** The layers that change while the router runs. */
export type LayerName = 'file' | 'api';

/** The names of the files in the order that they lie in. */
export function filesOf({ builtin, file, api }: Layers): CatalogueFile[] {
  return [...builtin, file, api.file];
}

/**
 * The one catalogue of all layers at a moment, Unix milliseconds. Throws `invalid_request_error` that names all mistakes, prices
 * that look like slips among them.
 */
export function layCatalogue(layers: Layers, { vars, at }: { vars: Variables; at: number }): Catalogue {
  const [catalogue] = eachChecked(
    [
      () => buildCatalogue(filesOf(layers), { vars, at, outside: layers.api.file }),
      () => refusePriceSlips(layers.file, layers.builtin),
      () => refusePriceSlips(layers.api.file, layers.builtin),
    ],
    (make) => make(),
  ) as [Catalogue, ...unknown[]];
  return catalogue;
}

/** The catalogue of a running instance, as those see it who look into what it is made of. */
export interface LivingCatalogue {
  /** What is served at this moment: the endpoints whose credentials are there. */
  current(): Catalogue;
  /** The same with the endpoints whose credentials are missing. */
  whole(): Catalogue;
  layers(): Layers;
  /** What other layers in place of some would make, credentials or not. Throws as `layCatalogue` does. */
  compose(some: Partial<Layers>): Catalogue;
  /** The part of a catalogue that there are credentials for. */
  available(catalogue: Catalogue): Promise<Catalogue>;
  /** Reads the API's layer again, and serves it. */
  refresh(): Promise<void>;
  /** Layers whose newest state is not valid, so that the one before it is served. */
  invalid(): readonly LayerName[];
}
