import { findProvider, type MatchLogic } from '@pydantic/genai-prices';
import { toPackagePrice } from './package-price.ts';
import type { PriceFound } from './price-found.ts';

/** What `@pydantic/genai-prices` calls our providers; it has those of Vertex AI with Google's. */
const nameOf: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  'vertex-claude': 'google',
  google: 'google',
  vertex: 'google',
  bedrock: 'aws',
  deepseek: 'deepseek',
  mistral: 'mistral',
  groq: 'groq',
  xai: 'x-ai',
  together: 'together',
  fireworks: 'fireworks',
  moonshot: 'moonshotai',
  cerebras: 'cerebras',
  zai: 'zai',
  azure: 'azure',
  cohere: 'cohere',
  openrouter: 'openrouter',
};

/** What the package has of an endpoint; `context_length` where it knows that. Null where it does not know the model. */
export function findPackagePrice(
  provider: string,
  model: string,
): { found: PriceFound; context_length: number | undefined } | null {
  const providerId = nameOf[provider];
  if (providerId === undefined) return null;
  const known = findProvider({ providerId })?.models.find(({ match }) => matches(match, model.toLowerCase()));
  if (known === undefined) return null;
  const found = known.deprecated ? { reason: 'it is no longer served' } : toPackagePrice(known.prices);
  return { found, context_length: known.context_window };
}

export function matches(logic: MatchLogic, name: string): boolean {
  if ('or' in logic) return logic.or.some((each) => matches(each, name));
  if ('and' in logic) return logic.and.every((each) => matches(each, name));
  if ('equals' in logic) return name === logic.equals.toLowerCase();
  if ('starts_with' in logic) return name.startsWith(logic.starts_with.toLowerCase());
  if ('ends_with' in logic) return name.endsWith(logic.ends_with.toLowerCase());
  if ('contains' in logic) return name.includes(logic.contains.toLowerCase());
  return new RegExp(logic.regex, 'i').test(name);
}
