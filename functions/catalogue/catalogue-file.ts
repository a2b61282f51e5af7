import { z } from 'zod';
import { effortLevels } from '../core/endpoints/effort.ts';
import { embeddingShapes, tokenEncodings } from '../core/endpoints/embedding-rules.ts';
import { capabilities, formatNames, reasoningIssuers } from '../core/endpoints/endpoint.ts';
import { tokenizerNames } from '../core/money/tokenizers.ts';
import { PROVIDER_KEY_SECRETS } from '../core/provider-keys/provider-key.ts';
import { MAX_QUALITY } from '../core/routing/quality.ts';
import { type Mistake, mistake, mistakesIn, mistakesOf, toError } from './mistakes.ts';
import { priceEntry } from './price-entry.ts';
import { requestEntry } from './request-entry.ts';
import { mistakeInTemplate } from './resolve-url.ts';

/**
 * The shape of a catalogue file, the built-in ones as well as the operator's overlay. Unknown keys are refused, because
 * a misspelt `cache_read` would otherwise be a wrong price that nobody sees.
 *
 * Nearly everything is optional here, since a later file may change one field of an earlier one; what is still missing
 * when all files lie on each other is found by `buildCatalogue`.
 */

const text = z.string().min(1);
const tokens = z.int().positive();
/** Values for `{name}` in URLs, queries and headers. */
const vars = z.record(text, text);

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header');
const headerValue = z.string().regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII');

/** Nothing but an owner's own request gets an owner's key. */
const secretName = text.refine(
  (name) => !name.startsWith(PROVIDER_KEY_SECRETS),
  `must not begin with ${PROVIDER_KEY_SECRETS}: those are owners’`,
);

/** How our own credential reaches the provider; `secret` is a name in the `Secrets` port, never the secret itself. */
const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.enum(['bearer', 'x-api-key']), secret: secretName }),
  z.strictObject({ type: z.literal('header'), name: headerName, secret: secretName }),
  z.strictObject({ type: z.literal('query'), name: text, secret: secretName }),
  z.strictObject({ type: z.literal('google'), secret: secretName.optional() }),
  z.strictObject({ type: z.literal('aws'), service: text, secret: secretName }),
]);

/**
 * A capability of core/endpoints/endpoint.ts, or with a leading `-` one to take away: `"-sampling"` for models that refuse
 * `temperature`. Lists add to what the format can always express, in the order format, model, provider, endpoint.
 */
const capability = z.union(
  [z.enum(capabilities), z.templateLiteral(['-', z.enum(capabilities)])],
  `must be one of ${capabilities.join(', ')}, or one of them after a "-"`,
);

/** What is taken of a request, and how: a provider says it, a model better, and one endpoint best. */
const taking = {
  request: requestEntry.optional(),
  reasoning: z
    .strictObject({
      send: z.enum(['effort', 'budget', 'adaptive', 'level']).optional(),
      field: text.optional(),
      replay: z.enum(['signed', 'always', 'never']).optional(),
      issuer: z.enum(reasoningIssuers).optional(),
      effort_levels: z.array(z.enum(effortLevels)).optional(),
      /** `{"thinking": {"type": "disabled"}}` */
      thinking_off: z.record(text, z.unknown()).nullable().optional(),
    })
    .optional(),
  /** Of embedding models alone; see core/endpoints/embedding-rules.ts. */
  embedding: z
    .strictObject({
      shape: z.enum(embeddingShapes).optional(),
      max_inputs: tokens.optional(),
      max_tokens: tokens.optional(),
      dimensions: tokens.optional(),
      /** `[512, 256]`, or the least of any number up to `dimensions`. */
      shorter: z.union([tokens, z.array(tokens).min(1)]).optional(),
      token_ids: z.enum(['own', ...tokenEncodings]).optional(),
      base64: z.boolean().optional(),
      tasks: z.boolean().optional(),
    })
    .optional(),
};

/** What a provider says, and one endpoint may say better. */
const serving = {
  format: z.enum(formatNames).optional(),
  /** Ends where `path` begins. `echo://…` is answered in process and reaches no network. */
  base_url: z
    .string()
    .regex(/^(https?|echo):\/\/[^\s?#]+$/, { error: 'must be an http or https URL without a query', abort: true })
    // Here, and not only where a model uses it: a provider may be there before its models.
    .superRefine((url, { addIssue }) => {
      const wrong = mistakeInTemplate(url);
      if (wrong !== null) addIssue(wrong);
    })
    .optional(),
  /** Default: the format's own. */
  path: z.string().optional(),
  /** Default: `path` where the format uses one path for both, else the format's own. */
  stream_path: z.string().optional(),
  query: z.record(text, z.string()).optional(),
  headers: z.record(headerName, headerValue).optional(),
  vars: vars.optional(),
  /**
   * One endpoint for each region. A list of names, or a map from names to variables. On an endpoint, a list picks from
   * the provider's regions and a map replaces them.
   */
  regions: z
    .union([z.array(text).min(1), z.record(text, vars)], 'must be a list of names or a map of variables')
    .optional(),
  auth: auth.optional(),
  ...taking,
  usage: z.strictObject({ cached: text.optional() }).optional(),
  capabilities: z.array(capability).optional(),
  /** Whether every billed output token is visible in the stream, or is where no reasoning is asked for; default: false. */
  visible_output: z.union([z.boolean(), z.literal('without_reasoning')]).optional(),
  /** How fast it usually is, for choosing before anything was measured. `first_token_ms` counts from a region nearby. */
  expected: z
    .strictObject({
      first_token_ms: z.number().positive().optional(),
      tokens_per_second: z.number().positive().optional(),
    })
    .optional(),
  /** Whether the provider may keep or train on what it is sent; false where nothing is said. */
  collects_data: z.boolean().optional(),
  /** Endpoints are left out, not an error, while a variable is missing: for built-in providers that need a project. */
  optional: z.boolean().optional(),
};

export const provider = z.strictObject(serving);

/** The day from which its provider may not answer any more; null where an earlier file names one that does not hold. */
const retirement = z.iso.date().nullable().optional();

const endpoint = z.strictObject({
  ...serving,
  /** Name of a provider of this or another file. */
  provider: text,
  /** What the provider calls the model. */
  model: text,
  price: priceEntry,
  /** Where the provider ends it on another day than the model's. */
  retires_at: retirement,
  /** Where it differs from the model's. */
  context_length: tokens.optional(),
  max_output_tokens: tokens.optional(),
});

/** A figure of ability on the scale of core/routing/quality.ts, from 0 to 100; what has 0 is chosen only where nothing else fits. */
const quality = z.number().min(0).max(MAX_QUALITY);

const modalities = z.array(z.enum(['text', 'image', 'audio', 'file', 'video', 'embedding'])).min(1);

export const model = z.strictObject({
  /** What people call it; default: the id. */
  name: text.optional(),
  description: text.optional(),
  aliases: z.array(text).optional(),
  /** Default: the id up to its slash. */
  brand: text.optional(),
  model_type: z.enum(['chat', 'embedding']).optional(),
  /** Tokens of input and output together. */
  context_length: tokens.optional(),
  max_output_tokens: tokens.optional(),
  capabilities: z.array(capability).optional(),
  ...taking,
  /** What its texts are cut into, see core/money/tokenizers.ts; default: unknown, held by the worst of all. */
  tokenizer: z.enum(tokenizerNames).optional(),
  /** Default: text, and what the capabilities say. */
  input_modalities: modalities.optional(),
  output_modalities: modalities.optional(),
  /** Date of release. */
  created: z.iso.date().optional(),
  retires_at: retirement,
  /** How able it is in general, for `model: "auto"`. Default: by its price, see resolve-quality.ts. */
  quality: quality.optional(),
  /** Where it is better or worse than that; default: as in general. */
  quality_by: z
    .strictObject({ code: quality.optional(), reasoning: quality.optional(), multilingual: quality.optional() })
    .optional(),
  endpoints: z.array(endpoint).min(1).optional(),
});

export const catalogueFile = z.strictObject({
  /** Where the facts come from and of what date they are. */
  source: z.string().optional(),
  /** By name; null takes a provider of an earlier file away, with all endpoints that use it. */
  providers: z.record(text, provider.nullable()).optional(),
  /** By public id, `brand/name`; null takes a model of an earlier file away. */
  models: z.record(text, model.nullable()).optional(),
});

export type CatalogueFile = z.infer<typeof catalogueFile>;
export type ProviderEntry = z.infer<typeof provider>;
export type ModelEntry = z.infer<typeof model>;
export type EndpointEntry = z.infer<typeof endpoint>;
export type CapabilityEntry = z.infer<typeof capability>;

/** A catalogue file from parsed JSON. Throws `invalid_request_error` that names all mistakes, in its message the first. */
export function parseCatalogueFile(value: unknown): CatalogueFile {
  const result = catalogueFile.safeParse(value, {
    error: (issue) => (issue.input === undefined ? 'is required' : undefined),
  });
  const mistakes = result.success ? unreadNames(value) : mistakesIn(result.error.issues);
  if (!result.success || mistakes.length > 0) throw toError(mistakes);
  return result.data;
}

/** JSON may call an entry `__proto__`, which the schema of a record leaves out without a word. */
function unreadNames(value: unknown, path: readonly PropertyKey[] = []): Mistake[] {
  if (typeof value !== 'object' || value === null) return [];
  const here = Object.hasOwn(value, '__proto__') ? mistakesOf(mistake([...path, '__proto__'], 'is no name')) : [];
  return [...here, ...Object.entries(value).flatMap(([name, part]) => unreadNames(part, [...path, name]))];
}
