import { memoized } from '../memoized.ts';

/**
 * Fields of OpenAI's chat request that an endpoint may lack, by OpenAI's names whatever its format is. Where it does, they are
 * dropped, or with `require_parameters` the endpoint is not asked. What would be missed (`tools`, `n`, `logprobs`,
 * `response_format`, …) is a capability instead, without which an endpoint is never asked.
 */
export const optionalFields = [
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'frequency_penalty',
  'presence_penalty',
  'repetition_penalty',
  'seed',
  'logit_bias',
  'user',
  'verbosity',
  'parallel_tool_calls',
  'metadata',
] as const;
export type OptionalField = (typeof optionalFields)[number];

/**
 * Fields of messages that a chat provider may lack. `name`: who of several speaks. `refusal`: that the assistant refused;
 * elsewhere it is text. `prefix`: what says that the model goes on with the last message, where that has to be said.
 */
export const messageFields = ['name', 'refusal', 'prefix'] as const;
export type MessageField = (typeof messageFields)[number];

/**
 * Which JSON schemas of tools are taken. `json_schema`: draft 2020-12. `openai`: its root is an object without alternatives,
 * and every array says what its items are. `anthropic`: its root is an object without alternatives. `gemini`: what is left of
 * it. `nova`: its root says `type`, `properties` and `required` alone.
 */
export const schemaDialects = ['json_schema', 'openai', 'anthropic', 'gemini', 'nova'] as const;
export type SchemaDialectName = (typeof schemaDialects)[number];

/** Names or ids that an upstream takes. */
export interface TextRule {
  /** A regular expression that the whole of it matches; null for any. */
  pattern: string | null;
  /** Characters; null for any number. */
  max: number | null;
}

/** What an upstream takes of a request, and what is changed before it leaves. */
export interface RequestRules {
  /** Changes to the top level of the body, the last step after translation. */
  set: Readonly<Record<string, unknown>>;
  drop: readonly string[];
  rename: Readonly<Record<string, string>>;
  /** Message roles to rename, `{"developer": "system"}`; chat only. */
  roles: Readonly<Record<string, string>>;
  /** Whether fields that the router has never heard of reach this upstream. */
  unknown: 'pass' | 'drop';
  fields: readonly OptionalField[];
  /** Chat only. */
  messageFields: readonly MessageField[];
  /** Chat only. `text`: messages of text parts alone, above all of the system, are sent as one text. */
  systemContent: 'text' | 'parts';
  /** Chat only: what becomes of system messages after the first turn. `user`: they are the user's, as in all other formats. */
  lateSystem: 'system' | 'user';
  /** A higher temperature becomes this one; null where the provider takes all of OpenAI's. */
  maxTemperature: number | null;
  /** Ids of tool calls. */
  toolIds: TextRule;
  toolNames: TextRule;
  /** Chat only: roles that may follow results of tools; null for any. */
  rolesAfterTool: readonly string[] | null;
  /** Chat only: what of `stream_options` is sent. */
  streamOptions: readonly 'include_usage'[];
  /** Chat only: the name of the output limit. */
  maxTokens: 'max_tokens' | 'max_completion_tokens';
  /** The smallest output limit that is taken, tokens. */
  minOutputTokens: number;
  /** `opaque`: who the user is may not be read off it, so that a hash is sent. */
  userId: 'plain' | 'opaque';
  schemaDialect: SchemaDialectName;
}

/** Characters of an id that is made of a hash, where the rule takes so many. */
const MADE_ID_LENGTH = 24;

/** How long an id is that is made to fit a rule: letters and digits, which every rule has to take. */
export function madeIdLength({ max }: TextRule): number {
  return Math.min(max ?? MADE_ID_LENGTH, MADE_ID_LENGTH);
}

/** Patterns of the catalogue, which are asked for each id and name of a request. */
const MOST_PATTERNS = 100;
const toPattern = memoized((source) => new RegExp(source), MOST_PATTERNS);

/** Whether an upstream takes a name or an id as it is. */
export function takesText(text: string, { pattern, max }: TextRule): boolean {
  return text.length <= (max ?? Number.POSITIVE_INFINITY) && (pattern === null || toPattern(pattern).test(text));
}
