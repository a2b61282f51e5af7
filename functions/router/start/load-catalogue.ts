import { readFile } from 'node:fs/promises';
import { MistakeList } from '../../catalogue/all-mistakes.ts';
import { builtinFiles } from '../../catalogue/builtin.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { type CatalogueFile, parseCatalogueFile } from '../../catalogue/catalogue-file.ts';
import { buildCatalogue } from '../../catalogue/load-catalogue.ts';
import { refusePriceSlips } from '../../catalogue/refuse-price-slips.ts';
import type { Config } from './config.ts';

export interface LoadedCatalogue {
  catalogue: Catalogue;
  /** Names of the providers that the operator's file describes or uses. */
  ownProviders: readonly string[];
}

/**
 * The built-in catalogue, with the operator's file laid over it. Throws an `Error` with a line for each mistake in the file: its
 * path, the place in it, and what is wrong.
 */
export async function loadCatalogue(config: Pick<Config, 'cataloguePath' | 'projectId'>): Promise<LoadedCatalogue> {
  const { cataloguePath, projectId } = config;
  const vars = projectId === null ? {} : { project: projectId };
  if (cataloguePath === null) return { catalogue: buildCatalogue(builtinFiles, { vars }), ownProviders: [] };
  try {
    const overlay = parseCatalogueFile(JSON.parse(await readFile(cataloguePath, 'utf8')));
    const mistakes = new MistakeList();
    mistakes.look(() => refusePriceSlips(overlay, builtinFiles));
    const catalogue = mistakes.look(() => buildCatalogue([...builtinFiles, overlay], { vars }));
    mistakes.end();
    return { catalogue: catalogue as Catalogue, ownProviders: providersOf(overlay) };
  } catch (error) {
    throw new Error(atFile(cataloguePath, (error as Error).message), { cause: error });
  }
}

function atFile(path: string, mistakes: string): string {
  const lines = mistakes.split('\n').map((line) => `${path}: ${line}`);
  return lines.length === 1 ? lines.join('') : `${lines.length} mistakes:\n${lines.join('\n')}`;
}

function providersOf({ providers = {}, models = {} }: CatalogueFile): string[] {
  const used = Object.values(models).flatMap((model) => model?.endpoints ?? []);
  return [...new Set([...Object.keys(providers), ...used.map(({ provider }) => provider)])];
}
