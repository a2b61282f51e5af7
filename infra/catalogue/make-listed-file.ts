import { readFileSync } from 'node:fs';
import type { CatalogueFile } from '../../functions/catalogue/catalogue-file.ts';
import { buildListed } from './build-listed.ts';
import type { ListedModel } from './listed-model.ts';

const packagePath = new URL('../../node_modules/@pydantic/genai-prices/package.json', import.meta.url);

/** What is kept of the lists of others. */
export interface KeptList {
  /** LiteLLM's, with its version. */
  source: string;
  /** Where OpenRouter's models are from, which that list does not have. */
  openrouter_source: string;
  models: ListedModel[];
}

/** The built-in file of the models that nobody holds by hand, and what was left out of it. `today`: `2026-11-28`. */
export function makeListedFile(list: KeptList, hand: readonly CatalogueFile[], today: string) {
  const built = buildListed(list.models, hand, today);
  const { version } = JSON.parse(readFileSync(packagePath, 'utf8')) as { version: string };
  const source = [
    `Made by npm run catalogue:update; prices as in force on ${today}, of @pydantic/genai-prices ${version} and ${list.source},`,
    'the newer, where they differ. What models can, their limits and the days of their retirement:',
    `${list.source}; all of OpenRouter beside the former: ${list.openrouter_source}. Nobody has judged their quality.`,
  ].join(' ');
  return { file: { source, providers: {}, models: built.models }, built };
}
