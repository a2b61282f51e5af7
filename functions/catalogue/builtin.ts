import type { CatalogueFile } from './catalogue-file.ts';
import amazon from './data/amazon.json' with { type: 'json' };
import anthropic from './data/anthropic.json' with { type: 'json' };
import cohere from './data/cohere.json' with { type: 'json' };
import deepseek from './data/deepseek.json' with { type: 'json' };
import embeddings from './data/embeddings.json' with { type: 'json' };
import google from './data/google.json' with { type: 'json' };
import listed from './data/listed.json' with { type: 'json' };
import mesh from './data/mesh.json' with { type: 'json' };
import mistral from './data/mistral.json' with { type: 'json' };
import openWeights from './data/open-weights.json' with { type: 'json' };
import openai from './data/openai.json' with { type: 'json' };
import openrouter from './data/openrouter.json' with { type: 'json' };
import xai from './data/xai.json' with { type: 'json' };

/**
 * Our own data is held to the schema by its test, and not again at each start: that would take as long as making the catalogue of it.
 */
function asWritten(data: unknown): CatalogueFile {
  return data as CatalogueFile;
}

/** The models that people look after, in the order that lists show them. */
export const handFiles: readonly CatalogueFile[] = [
  openai,
  anthropic,
  google,
  amazon,
  deepseek,
  xai,
  mistral,
  cohere,
  openWeights,
  embeddings,
  openrouter,
  mesh,
].map(asWritten);

/**
 * The models that come with the router; an operator's file is laid over these. Those that `npm run catalogue:update` lists come last.
 */
export const builtinFiles: readonly CatalogueFile[] = [...handFiles, asWritten(listed)];
