import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { handFiles } from '../../functions/catalogue/builtin.ts';
import { parseCatalogueFile } from '../../functions/catalogue/catalogue-file.ts';
import { describeChanges } from './describe-changes.ts';
import { compareHandHeld } from './hand-held.ts';
import { type GatewayEntry, readListedModels, readOpenRouterModels } from './listed-model.ts';
import { type KeptList, makeListedFile } from './make-listed-file.ts';

/**
 * `npm run catalogue:update`: what the two sources of prices and abilities would make of the built-in models that nobody holds by hand,
 * and what they say of those that somebody does. It prints; `-- --write` writes `functions/catalogue/data/listed.json` too.
 * `--list FILE --version 1.110.2` reads LiteLLM's list anew: `model_prices_and_context_window_backup.json` of its package;
 * `--openrouter FILE --version 1.6.0` OpenRouter's models: `dist/providers/openrouter.models.js` of `@earendil-works/pi-ai`.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const dataPath = `${root}functions/catalogue/data/listed.json`;
const listPath = `${root}infra/catalogue/listed-models.json`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean' },
      list: { type: 'string' },
      openrouter: { type: 'string' },
      version: { type: 'string' },
    },
  });
  const today = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  const list = await keepLists(values, readJson<KeptList>(listPath));
  const before = existsSync(dataPath) ? parseCatalogueFile(readJson(dataPath)) : {};
  const { file, built } = makeListedFile(list, handFiles, today);
  print('Changes', describeChanges(before, parseCatalogueFile(file)));
  print('The sources differ; the newer is taken', built.differs);
  print('Held by hand, and other than the sources have it', compareHandHeld(handFiles, list.models, today));
  for (const [reason, names] of built.leftOut) print(`Left out: ${reason}`, names);
  console.log(`\n${Object.keys(built.models).length} models beside those that are held by hand.`);
  if (!values.write) {
    console.log('Nothing is written without --write.');
    return;
  }
  writeJson(dataPath, file);
  writeJson(listPath, list);
}

interface Named {
  list?: string | undefined;
  openrouter?: string | undefined;
  version?: string | undefined;
}

/** What was kept, with a newer list of one of the two in its place. */
async function keepLists({ list, openrouter, version = '' }: Named, kept: KeptList): Promise<KeptList> {
  if (list === undefined && openrouter === undefined) return kept;
  if (version === '') throw new Error('--list and --openrouter need --version: that of the package whose list it is.');
  const isOfOpenRouter = ({ provider }: KeptList['models'][number]) => provider === 'openrouter';
  if (list !== undefined) {
    const { sample_spec: _, ...entries } = readJson<Record<string, Record<string, unknown>>>(list);
    const models = [...readListedModels(entries), ...kept.models.filter(isOfOpenRouter)];
    return { ...kept, source: `litellm ${version}`, models };
  }
  const { OPENROUTER_MODELS } = (await import(pathToFileURL(openrouter ?? '').href)) as {
    OPENROUTER_MODELS: Record<string, GatewayEntry>;
  };
  const models = [...kept.models.filter((one) => !isOfOpenRouter(one)), ...readOpenRouterModels(OPENROUTER_MODELS)];
  return { ...kept, openrouter_source: `@earendil-works/pi-ai ${version}`, models };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, JSON.stringify(value, null, 2));
  execFileSync(`${root}node_modules/.bin/biome`, ['format', '--write', path], { stdio: 'inherit' });
}

function print(title: string, lines: readonly string[]): void {
  console.log(`\n${title}: ${lines.length}`);
  for (const line of lines) console.log(`  ${line}`);
}

if (import.meta.main) await main();
