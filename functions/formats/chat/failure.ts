import type { MeshError } from '../../core/errors.ts';
import { classifyFailure, modelFailure, type ProviderError } from '../shared/failure.ts';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';
import { fieldOf, wordsOf } from '../shared/words-of.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A reply with an error status, in OpenAI's envelope or in one of those that compatible providers use instead. */
export function failure(status: number, headers: Readonly<Record<string, string>>, body: string): MeshError {
  const parsed = parse(body);
  return classify(status, headers, errorOf(parsed) ?? found(isRecord(parsed) ? parsed : {}, parsed));
}

/** The failure that a body or an event with a good status carries; null where it carries none. */
export function failureInBody(body: unknown): MeshError | null {
  const error = errorOf(body);
  return error === null ? null : classify(error.status ?? statusOf(error), {}, error);
}

/** An error as found, with the names that say what it is: OpenAI's `code` is finer than its `type`. */
interface FoundError extends ProviderError {
  type: string;
  /** Where the body itself says an HTTP status, as OpenRouter's and vLLM's do. */
  status: number | null;
  /** Whether the model failed, and not the request. */
  isOfModel: boolean;
}

/**
 * `{"error": {…}}`, also in an array (Google); `{"error": "…", "code": "…"}` (xAI); `{"object": "error", …}` (vLLM, Mistral);
 * `{"type": "error", …}` (events of the Responses API).
 */
function errorOf(body: unknown): FoundError | null {
  const envelope: unknown = Array.isArray(body) ? body[0] : body;
  if (!isRecord(envelope)) return null;
  if (isRecord(envelope.error)) return found(envelope.error, envelope.error);
  if (typeof envelope.error === 'string' && envelope.error !== '') return found(envelope, envelope.error);
  return envelope.object === 'error' || envelope.type === 'error' ? found(envelope, envelope) : null;
}

/** `words`: where its words are. Without an envelope, as Cerebras and FastAPI have it, the whole body. */
function found(error: Fields, words: unknown): FoundError {
  const type = textOf(error.type);
  const status = [error.code, error.status, error.status_code].find(isErrorStatus) ?? null;
  const code = textOf(error.code) || (type === 'error' ? '' : type) || textOf(error.status);
  const isOfModel = modelFailures.has(code) || error.failed_generation !== undefined;
  // OpenRouter has no words of its own for what the provider behind it said.
  const behind = isRecord(error.metadata) ? wordsOf(parse(textOf(error.metadata.raw)) ?? error.metadata.raw) : '';
  const message = behind || wordsOf(words);
  return { code, type, message, param: textOf(error.param) || fieldOf(words), status, isOfModel };
}

/** Groq answers 400 where the model wrote a call or JSON that nothing can read. */
const modelFailures = new Set(['tool_use_failed', 'json_validate_failed', 'output_parse_failed']);

function isErrorStatus(value: unknown): value is number {
  return typeof value === 'number' && value >= 400 && value <= 599;
}

/** The statuses that OpenAI documents for its codes and types; inside a stream only these are known. */
const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  context_length_exceeded: 400,
  content_filter: 400,
  content_policy_violation: 400,
  invalid_prompt: 400,
  bio_policy: 400,
  misalignment_policy_violation: 400,
  image_content_policy_violation: 400,
  invalid_image: 400,
  invalid_image_format: 400,
  invalid_base64_image: 400,
  invalid_image_url: 400,
  image_too_large: 400,
  image_too_small: 400,
  image_parse_error: 400,
  image_file_too_large: 400,
  unsupported_image_media_type: 400,
  empty_image_file: 400,
  failed_to_download_image: 400,
  authentication_error: 401,
  invalid_api_key: 401,
  permission_error: 403,
  not_found_error: 404,
  model_not_found: 404,
  rate_limit_exceeded: 429,
  rate_limit_error: 429,
  insufficient_quota: 429,
  tokens: 429,
  requests: 429,
  overloaded_error: 503,
};

function statusOf({ code, type }: FoundError): number {
  return statuses[code] ?? statuses[type] ?? 500;
}

/** Our credential, our account, our name of the model: no mistake of the caller, who must not read about it either. */
const OUR_KEY = /(incorrect|invalid) api key|api key not (valid|found)|invalid_api_key/i;
const OUR_ACCOUNT = /billing|credit balance|insufficient.(quota|balance)|organization (must be verified|has been)/i;
const OUR_MODEL = /model_not_found|invalid_model|model does not exist|model not exist/i;
const AGAINST_POLICY = /usage (policy|policies|guidelines)|_policy(_violation)?\b|\bflagged\b/i;

function classify(status: number, headers: Readonly<Record<string, string>>, error: FoundError): MeshError {
  if (error.isOfModel) return modelFailure(error.code, String(status));
  const said = `${error.code} ${error.message}`;
  if (status === 400 && OUR_KEY.test(said)) return classifyFailure(401, headers, error);
  if (status === 400 && OUR_ACCOUNT.test(said)) return classifyFailure(402, headers, error);
  if (status === 400 && OUR_MODEL.test(said)) return classifyFailure(404, headers, error);
  // Groq answers 413 where a request is larger than our tokens per minute: a limit of ours, not of the model.
  if (status === 413 && error.code === 'rate_limit_exceeded') return classifyFailure(429, headers, error);
  // xAI and OpenRouter answer 403 to content that their own filter refused.
  if ((status === 400 || status === 403) && AGAINST_POLICY.test(said)) {
    return classifyFailure(400, headers, { ...error, code: 'content_policy_violation' });
  }
  return classifyFailure(status, headers, error);
}

/** A body as JSON; what is a sentence and no page as that sentence. */
function parse(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' ? parsed : null;
  } catch {
    return /^\s*[<{["]/.test(body) ? null : body;
  }
}
