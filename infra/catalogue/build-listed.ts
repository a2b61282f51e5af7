import type { CatalogueFile, EndpointEntry, ModelEntry } from '../../functions/catalogue/catalogue-file.ts';
import { choosePrice, priceOn } from './choose-price.ts';
import { findPackagePrice } from './find-package-price.ts';
import type { ListedModel } from './listed-model.ts';
import { nameModel } from './name-model.ts';
import { serveRules } from './serve-rules.ts';

export interface Listed {
  models: Record<string, ModelEntry>;
  /** What is not served, by why. */
  leftOut: Map<string, string[]>;
  /** Where the two sources name other prices. */
  differs: string[];
}

const OTHER_NAME = 'it is another name of a model';
const RETIRED = 'its provider has retired it';

/** What names, as `provider/model`, say of models that are no use here, or that the router could not charge. */
const unfit: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^openai.ft:/, 'it is a fine-tuned model of somebody’s own'],
  [/-latest|mistral.mistral-(small|medium|tiny)$/, 'its name moves from one model to another'],
  [/search|deep-research/, 'it searches the web, which costs besides'],
  [
    /audio|voxtral|tts|transcribe|realtime|live|streaming|sonic|image|ocr|lyria|omni|banana/,
    'it is not for chats of text',
  ],
  [/guard|moderation|robotics|computer-use|embed/, 'it is not for chats of text'],
  [/beta|experimental|-exp(-|$)|gv2|labs-/, 'it is there to be tried out'],
  [/mistral.(.*vibe-cli|mistral-(medium-3|medium-3-5|medium-2604|large-3|large-4-0)$|ministral-3-)/, OTHER_NAME],
  [/mistral.(zai-|glm-|deepseek-)|grok-4.20-((non-)?reasoning|0309)$|grok-code-fast-1-0825$/, OTHER_NAME],
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html
  [/ai21.j2|cohere.command-|meta.llama2|gemini-gemma|mythos-preview/, RETIRED],
];

/** Who serves models that others run. */
const GATEWAY = 'openrouter';

/** Our order among those who serve the same model: who made it first. */
const order = [
  'openai',
  'anthropic',
  'google',
  'deepseek',
  'mistral',
  'xai',
  'moonshot',
  'zai',
  'groq',
  'cerebras',
  'fireworks',
  'together',
  'vertex',
  'vertex-claude',
  'bedrock',
  'azure',
  GATEWAY,
];

/** Tokens that a model may write where nobody says how many, or no fewer than it may read. */
const MOST_OUTPUT = 32_768;

/** The models that no file holds by hand, with all that is known of them. `today`: `2026-11-28`. */
export function buildListed(candidates: readonly ListedModel[], hand: readonly CatalogueFile[], today: string): Listed {
  const listed: Listed = { models: {}, leftOut: new Map(), differs: [] };
  const held = new Set(hand.flatMap((file) => Object.keys(file.models ?? {})));
  const served = new Map<string, Set<string>>();
  const leave = (one: ListedModel, reason: string) =>
    listed.leftOut.set(reason, [...(listed.leftOut.get(reason) ?? []), `${one.provider}/${one.model}`]);
  for (const one of [...candidates].sort(byOrder)) {
    const id = nameModel(one.provider, one.model);
    const reason = unfitness(one, id, today);
    if (id === null || reason !== null) {
      leave(one, reason ?? '');
      continue;
    }
    if (held.has(id)) {
      leave(one, 'its model is held by hand');
      continue;
    }
    const providers = served.get(id) ?? new Set();
    if (providers.has(one.provider)) {
      leave(one, 'the same provider serves the model under another name');
      continue;
    }
    const known = findPackagePrice(one.provider, one.model);
    if (known === null && isOfAnOldPage(one)) {
      leave(one, 'only an old page of prices names it');
      continue;
    }
    const chosen = choosePrice(known?.found ?? null, one.found, Date.parse(today));
    if ('reason' in chosen) {
      leave(one, chosen.reason);
      continue;
    }
    if (one.provider === GATEWAY && isCheapest(listed.models[id], chosen.price, today)) {
      leave(one, 'a gateway has it for less than those who serve it');
      continue;
    }
    if (chosen.differs !== null) listed.differs.push(`${one.provider}/${one.model} ${JSON.stringify(chosen.differs)}`);
    served.set(id, providers.add(one.provider));
    listed.models[id] = withEndpoint(listed.models[id], {
      listed: one,
      context: known?.context_length ?? one.context_length ?? 0,
      price: chosen.price,
      hand,
    });
  }
  listed.models = Object.fromEntries(Object.entries(listed.models).sort(([a], [b]) => (a < b ? -1 : 1)));
  return listed;
}

/**
 * Whether a price is below all of a model's others. A gateway serves a model by whoever is cheap at the moment; it takes the place of
 * nobody whom we can ask ourselves, for its price alone.
 */
export function isCheapest(entry: ModelEntry | undefined, price: EndpointEntry['price'], today: string): boolean {
  const others = (entry?.endpoints ?? []).filter(({ provider }) => provider !== GATEWAY);
  const sum = (one: EndpointEntry['price']) => {
    const now = priceOn(one, Date.parse(today));
    return now === null ? Number.POSITIVE_INFINITY : Number(now.input) + Number(now.output);
  };
  return others.length > 0 && others.every((other) => sum(price) < sum(other.price));
}

function unfitness(one: ListedModel, id: string | null, today: string): string | null {
  if (one.retires_at !== undefined && one.retires_at <= today) return RETIRED;
  const named = unfit.find(([pattern]) => pattern.test(`${one.provider}/${one.model}`));
  if (named !== undefined) return named[1];
  if (id === null) return 'nobody knows whose it is';
  if (one.source === undefined) return 'no page says that it is served';
  return one.context_length === undefined ? 'nobody says how long its context is' : null;
}

/** Of Fireworks its list of what it serves to all is kept up, of Azure what its API of prices says; their pages were read long ago. */
function isOfAnOldPage({ provider, source = '' }: ListedModel): boolean {
  return (
    (provider === 'fireworks' && !source.includes('serverless')) ||
    (provider === 'azure' && !source.includes('prices.azure.com'))
  );
}

function withEndpoint(
  entry: ModelEntry | undefined,
  {
    listed,
    context,
    price,
    hand,
  }: { listed: ListedModel; context: number; price: EndpointEntry['price']; hand: readonly CatalogueFile[] },
): ModelEntry {
  const { model, endpoint } = serveRules(listed, hand);
  const said = listed.max_output_tokens ?? context;
  const most = said < context ? said : Math.min(MOST_OUTPUT, Math.floor(context / 2));
  // What its maker ends a gateway serves no more.
  const retires = listed.retires_at ?? (listed.provider === GATEWAY ? entry?.endpoints?.[0]?.retires_at : undefined);
  const made: EndpointEntry = {
    provider: listed.provider,
    model: listed.model,
    ...endpoint,
    ...(retires == null ? {} : { retires_at: retires }),
    price,
  };
  if (entry === undefined) {
    // Nobody has judged how able it is: `auto` does not choose it.
    return { ...model, context_length: context, max_output_tokens: most, quality: 0, endpoints: [made] };
  }
  const differing = {
    ...(entry.context_length === context ? {} : { context_length: context }),
    ...(entry.max_output_tokens === most ? {} : { max_output_tokens: most }),
  };
  return { ...entry, endpoints: [...(entry.endpoints ?? []), { ...made, ...differing }] };
}

function byOrder(a: ListedModel, b: ListedModel): number {
  return order.indexOf(a.provider) - order.indexOf(b.provider) || rank(a) - rank(b) || (a.model < b.model ? -1 : 1);
}

/** Of names of one model at one provider: everywhere, then in the United States (many are sold by such a profile alone), then any. */
function rank({ model }: ListedModel): number {
  if (model.startsWith('global.')) return 0;
  return model.startsWith('us.') ? 1 : 2;
}
