/** How vendors are called in our ids, by how their models are called at those who serve them. */
const vendors: readonly (readonly [pattern: RegExp, vendor: string])[] = [
  [/^(claude|anthropic)/, 'anthropic'],
  [/^(gpt-|o\d|chatgpt|openai)/, 'openai'],
  [/^(gemini|gemma|google)/, 'google'],
  [/^(mistral|ministral|magistral|codestral|devstral|pixtral|voxtral|mixtral|open-mistral)/, 'mistralai'],
  [/^(grok|xai)/, 'x-ai'],
  [/^deepseek/, 'deepseek'],
  [/^(kimi|moonshot)/, 'moonshotai'],
  [/^(glm|zai)/, 'z-ai'],
  [/^(qwen|qwq)/, 'qwen'],
  [/^(llama|meta|muse)/, 'meta-llama'],
  [/^(minimax)/, 'minimax'],
  [/^(nemotron|nvidia)/, 'nvidia'],
  [/^(nova|titan|amazon)/, 'amazon'],
  [/^(palmyra|writer)/, 'writer'],
  [/^(inkling|thinkingmachines)/, 'thinkingmachines'],
  [/^ai21/, 'ai21'],
  [/^(command|cohere)/, 'cohere'],
];

/**
 * Our id of a model, `vendor/name`, by what its provider calls it; null where nobody knows whose it is. One model gets one id,
 * wherever it is served.
 */
export function nameModel(provider: string, upstream: string): string | null {
  switch (provider) {
    case 'anthropic':
    case 'vertex-claude':
      return named('anthropic', claude(upstream));
    case 'bedrock':
      return nameOnBedrock(upstream);
    case 'fireworks':
      return nameOnFireworks(upstream);
    case 'openrouter':
      return nameWithOwner(upstream.replace(/^(amazon\/nova.*)-v\d$/, '$1'));
    case 'together':
    case 'groq':
      return nameWithOwner(upstream);
    default:
      return withVendor(upstream.toLowerCase());
  }
}

function named(vendor: string | null, name: string): string | null {
  return vendor === null ? null : `${vendor}/${name}`;
}

function withVendor(name: string): string | null {
  return named(vendorOf(name), name);
}

function vendorOf(name: string): string | null {
  return vendors.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** `claude-haiku-4-5-20251001` is `claude-haiku-4.5`. */
function claude(name: string): string {
  return name
    .replace(/(@|-20\d{6}).*$/, '')
    .replace(/-v\d+(:\d+)?$/, '')
    .replace(/-(\d+)-(\d+)$/, '-$1.$2');
}

/** `Qwen/Qwen3.5-9B`, `zai-org/GLM-5.3`. */
function nameWithOwner(upstream: string): string | null {
  const [owner = '', name] = upstream.toLowerCase().split('/');
  if (name === undefined) return withVendor(owner);
  return named(vendorOf(name) ?? vendorOf(owner) ?? owner, name);
}

/** `accounts/fireworks/models/kimi-k2p7-code` is `moonshotai/kimi-k2.7-code`. */
function nameOnFireworks(upstream: string): string | null {
  const name = upstream
    .replace(/^.*\//, '')
    .replace(/(\d)p(\d)/g, '$1.$2')
    .replace(/^llama-?v?/, 'llama-');
  return withVendor(name);
}

/** `us.meta.llama3-3-70b-instruct-v1:0` is `meta-llama/llama-3.3-70b-instruct`. */
function nameOnBedrock(upstream: string): string | null {
  const [, owner = '', name = ''] = /^(?:(?:global|us)\.)?([a-z0-9]+)\.(.+)$/.exec(upstream) ?? [];
  const vendor = vendorOf(owner);
  if (vendor === 'anthropic') return named(vendor, claude(name));
  const plain = name
    .replace(/(-v?\d+)?(:\d+)+$/, '')
    .replace(/^llama(\d)-(\d)-/, 'llama-$1.$2-')
    .replace(/^llama(\d)-/, 'llama-$1-');
  // Of DeepSeek's, the vendor's name is a part of ours.
  return named(vendor ?? owner, vendor === 'deepseek' ? `deepseek-${plain.replace(/^v3$/, 'v3.1')}` : plain);
}
