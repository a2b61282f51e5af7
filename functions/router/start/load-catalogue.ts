import { readFile } from 'node:fs/promises';
import { builtinFiles } from '../../catalogue/builtin.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { parseCatalogueFile } from '../../catalogue/catalogue-file.ts';
import { buildCatalogue } from '../../catalogue/load-catalogue.ts';
import { refusePriceSlips } from '../../catalogue/refuse-price-slips.ts';
import type { Config } from './config.ts';

/** The built-in catalogue, with the operator's file laid over it. Throws an `Error` that says what is wrong with the file. */
export async function loadCatalogue(config: Pick<Config, 'cataloguePath' | 'projectId'>): Promise<Catalogue> {
  const { cataloguePath, projectId } = config;
  const overlay = cataloguePath === null ? [] : [parseCatalogueFile(JSON.parse(await readFile(cataloguePath, 'utf8')))];
  for (const file of overlay) refusePriceSlips(file, builtinFiles);
  return buildCatalogue([...builtinFiles, ...overlay], { vars: projectId === null ? {} : { project: projectId } });
}
