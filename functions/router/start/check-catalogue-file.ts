import { builtinFiles } from '../../catalogue/builtin.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { CatalogueFile } from '../../catalogue/catalogue-file.ts';
import { buildCatalogue } from '../../catalogue/load-catalogue.ts';
import { eachChecked, mistakesOf } from '../../catalogue/mistakes.ts';
import { refusePriceSlips } from '../../catalogue/refuse-price-slips.ts';
import type { Variables } from '../../catalogue/resolve-url.ts';
import { watchCatalogueFile } from './watch-catalogue-file.ts';

export interface CheckedCatalogue {
  /** The built-in catalogue with the file laid over it. */
  catalogue: Catalogue;
  /** Names of the providers that the file describes or uses. */
  ownProviders: readonly string[];
}

/** Looks at an operator's file before it is used. Throws an `Error` with a line for each mistake: file, place in it, and what is wrong. */
export async function checkCatalogueFile(path: string, vars: Variables): Promise<CheckedCatalogue> {
  try {
    const file = (await watchCatalogueFile(path).look()) ?? {};
    const built: Catalogue[] = [];
    const build = () => void built.push(buildCatalogue([...builtinFiles, file], { vars }));
    // Both look on after the other's mistakes.
    eachChecked([() => refusePriceSlips(file, builtinFiles), build], (check) => check());
    return { catalogue: built[0] as Catalogue, ownProviders: providersOf(file) };
  } catch (thrown) {
    const lines = mistakesOf(thrown).map((mistake) => `${path}: ${mistake.path}: ${mistake.message}`);
    throw new Error(lines.length === 1 ? lines.join('') : `${lines.length} mistakes:\n${lines.join('\n')}`);
  }
}

function providersOf({ providers = {}, models = {} }: CatalogueFile): string[] {
  const used = Object.values(models).flatMap((model) => model?.endpoints ?? []);
  return [...new Set([...Object.keys(providers), ...used.map(({ provider }) => provider)])];
}
