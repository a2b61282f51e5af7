import type { Price } from '../money/price.ts';
import type { TokenizerName } from '../money/tokenizers.ts';
import type { EffortLevel } from './effort.ts';
import type { EmbeddingRules } from './embedding-rules.ts';
import type { RequestRules } from './request-rules.ts';

/** The wire formats spoken to upstreams. */
export const formatNames = ['chat', 'responses', 'messages', 'gemini', 'converse'] as const;
export type FormatName = (typeof formatNames)[number];

/**
 * What a request may need of an endpoint. `image_url`: the upstream fetches images by URL itself. `dimensions`, `token_ids`: of
 * embeddings, vectors of another length than the usual, and ids of tokens in place of texts.
 */
export const capabilities = [
  'tools',
  'vision',
  'image_url',
  'audio',
  'file',
  'video',
  'json_mode',
  'json_schema',
  'reasoning',
  'logprobs',
  'n',
  'stop',
  'penalties',
  'seed',
  'sampling',
  'dimensions',
  'token_ids',
] as const;
export type Capability = (typeof capabilities)[number];

/** How our own credential reaches the upstream. `secret` names it in the `Secrets` port. */
export type Auth =
  | { type: 'none' }
  | { type: 'bearer' | 'x-api-key'; secret: string }
  | { type: 'header' | 'query'; name: string; secret: string }
  /** An OAuth access token: application default credentials, or the token kept in `secret`. */
  | { type: 'google'; secret?: string }
  /** SigV4 with a JSON secret `{access_key_id, secret_access_key, session_token?}`; any other text is a Bedrock API key. */
  | { type: 'aws'; service: string; region: string; secret: string };

/** Issuers of reasoning, by the names OpenRouter gave them. Signatures go back to their issuer alone. */
export const reasoningIssuers = [
  'anthropic-claude-v1',
  'google-gemini-v1',
  'openai-responses-v1',
  'xai-responses-v1',
  'amazon-nova-v1',
  'unknown',
] as const;
export type ReasoningIssuer = (typeof reasoningIssuers)[number];

export interface ReasoningRules {
  /**
   * How effort is asked for. `effort`: by name (OpenAI). `budget`: by a token budget (Claude, Gemini 2.5).
   * `adaptive`: the model decides, effort is a hint (newest Claude). `level`: Gemini 3's `thinkingLevel`.
   */
  send: 'effort' | 'budget' | 'adaptive' | 'level';
  /** Name of the field that carries reasoning text in chat messages and deltas, for example `reasoning_content`. */
  field: string | null;
  /** Whether earlier reasoning is sent back: only what is signed by this issuer, always, or never. */
  replay: 'signed' | 'always' | 'never';
  issuer: ReasoningIssuer;
  /** The levels that are taken where effort is asked for by name; empty where no name is. */
  effortLevels: readonly EffortLevel[];
  /** Fields of a chat body that switch reasoning off; null where the effort `none` does, or the least that is taken. */
  thinkingOff: Readonly<Record<string, unknown>> | null;
}

/** Where the counters of a chat provider differ from OpenAI's. */
export interface UsageRules {
  /** Name of the counter of cached input tokens at the top of `usage`, for example `prompt_cache_hit_tokens`. */
  cached: string | null;
}

/** What an endpoint is expected to do before anything was measured. */
export interface ExpectedFigures {
  /** Time to the first token from a region nearby, milliseconds. */
  firstTokenMs: number;
  /** Output tokens a second after that. */
  tokensPerSecond: number;
}

/**
 * One way to serve a model: provider × upstream model × region, with all variables filled in. Made by the catalogue,
 * immutable. Health, latency and breakers are kept by `id`.
 */
export interface Endpoint {
  /** `provider/upstream-model` and, where there are regions, `@region`: `bedrock/anthropic.claude-…@ap-south-1`. */
  readonly id: string;
  /** Public id of the model: `anthropic/claude-sonnet-4.5`. */
  readonly modelId: string;
  readonly provider: string;
  /** What the provider calls the model. */
  readonly upstreamModel: string;
  readonly region: string | null;
  readonly format: FormatName;
  /** Full URLs, query included. */
  readonly url: string;
  readonly streamUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly auth: Auth;
  readonly price: Price;
  /** Tokens of input and output together. */
  readonly contextLength: number;
  readonly maxOutputTokens: number;
  readonly capabilities: ReadonlySet<Capability>;
  readonly request: RequestRules;
  readonly reasoning: ReasoningRules;
  readonly usage: UsageRules;
  /** Of an embedding model; null of any other. */
  readonly embedding: EmbeddingRules | null;
  /** What its model's texts are cut into. */
  readonly tokenizer: TokenizerName;
  /**
   * Whether every billed output token is visible in the stream, so that the stream can be metered. `without_reasoning`: where
   * the request does not ask the model to think, since it never thinks unasked.
   */
  readonly visibleOutput: boolean | 'without_reasoning';
  readonly expected: ExpectedFigures;
  /** Whether the provider may keep or train on what it is sent. */
  readonly collectsData: boolean;
  /** The day from which its provider may not answer any more, `2027-03-01`; null, or absent, where it said none. */
  readonly retiresAt?: string | null;
  /** The id of the owner's key that it is asked with; absent where that is ours. */
  readonly ownKey?: string;
  /** Whether an owner, or somebody over the API, named its address, which therefore has to be a public one. */
  readonly outside?: boolean;
}
