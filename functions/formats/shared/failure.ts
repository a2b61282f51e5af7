import { concealCredentials } from '../../core/credentials.ts';
import { type ErrorCode, MeshError, type Retry } from '../../core/errors.ts';
import { MODEL_FAILED } from '../../core/health/blame.ts';

/** What a provider's error body said, as far as a format could find it. All fields may be empty. */
export interface ProviderError {
  /** The provider's identifier of the error: OpenAI's `code` or `type`, Google's `status`, AWS's exception name. */
  code: string;
  message: string;
  param?: string | null;
  /** How long to wait, where the body says so (Google's RetryInfo); headers win. */
  retryAfterSeconds?: number | null;
}

const MAX_MESSAGE_LENGTH = 500;

const rules: { status: number; code: ErrorCode; retry: Retry; echo: boolean }[] = [
  { status: 400, code: 'bad_request', retry: 'never', echo: true },
  { status: 404, code: 'upstream_error', retry: 'other', echo: false },
  { status: 408, code: 'gateway_timeout', retry: 'other', echo: false },
  { status: 413, code: 'payload_too_large', retry: 'never', echo: true },
  { status: 422, code: 'bad_request', retry: 'never', echo: true },
];

/**
 * Classifies an upstream's failure, the same for all formats. The caller's own mistakes (400, 413, 422) pass with the
 * provider's scrubbed words; a credential of ours that was refused (401, 403), an upstream that does not know the model
 * (404), limits (429) and everything else move on to another endpoint and tell the caller nothing but the status.
 */
export function classifyFailure(
  status: number,
  headers: Readonly<Record<string, string>>,
  error: ProviderError,
): MeshError {
  const providerCode = String(status);
  const named = error.code === '' ? {} : { details: { provider_error: identifier(error.code) } };
  const rule = rules.find((candidate) => candidate.status === status);
  if (rule?.code === 'bad_request') {
    const code = callerMistake(error);
    return new MeshError(code, {
      message: scrub(error.message) || 'The provider rejected the request.',
      providerCode,
      ...named,
      ...(error.param ? { param: identifier(error.param) } : {}),
    });
  }
  const retryAfterSeconds = retryAfter(headers) ?? error.retryAfterSeconds ?? null;
  return new MeshError(rule?.code ?? 'upstream_error', {
    retry: rule?.retry ?? 'other',
    providerCode,
    ...named,
    ...(rule?.echo && error.message ? { message: scrub(error.message) } : {}),
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  });
}

/** The model wrote what nobody can read. Another may do better, so it is tried; `code` is what its provider calls that. */
export function modelFailure(code: string, providerCode: string = MODEL_FAILED): MeshError {
  return new MeshError('upstream_error', {
    message: 'The model wrote what its provider could not read as an answer.',
    providerCode,
    details: { provider_error: identifier(code) },
  });
}

/** Two answers in one stream, of which the first was cut off: what comes of both together is nobody's. */
export function splicedAnswer(): MeshError {
  return new MeshError('upstream_error', { message: 'The provider began another answer within this one.' });
}

/**
 * What providers say of an input that their model has no room for. In any format: many of them pass on what another said, as
 * Bedrock, Vertex and OpenRouter do.
 */
const TOO_LONG = new RegExp(
  [
    // OpenAI, vLLM, Mistral, DeepSeek; OpenAI's Responses, Anthropic, llama.cpp
    'context.?(length|window|limit|size)|maximum context',
    // Anthropic, Fireworks; Bedrock
    'prompt is too long|input is too long|input tokens exceeded|number of input tokens|too many (input )?tokens',
    // Gemini API; Vertex AI
    'token count .* exceeds|token count is \\d+ but',
    // xAI; Moonshot; Z.ai; Alibaba; TGI and Together
    'maximum prompt length|model token limit|prompt exceeds max length|range of input length|`inputs` tokens',
  ].join('|'),
);

function callerMistake(error: ProviderError): ErrorCode {
  const text = `${error.code} ${error.message}`.toLowerCase();
  if (TOO_LONG.test(text)) return 'context_length_exceeded';
  if (/content.?(policy|filter|management)|safety|moderation/.test(text)) return 'content_policy_violation';
  if (/(not|n't|un)[ _]?support|does not allow|not available (for|on) this model/.test(text)) {
    return 'model_capability_not_supported';
  }
  return 'bad_request';
}

/** `Retry-After` in whole seconds. Dates would need a clock, so the attempt reads those. */
function retryAfter(headers: Readonly<Record<string, string>>): number | null {
  const seconds = Number(headers['retry-after']);
  return headers['retry-after'] !== undefined && Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : null;
}

function identifier(text: string): string {
  return concealCredentials(text)
    .replace(/[^A-Za-z0-9_.:[\]-]/g, '')
    .slice(0, 64);
}

/**
 * A provider's sentence without what must not travel: our credentials, URLs (they may carry `?key=`), anything shaped like one,
 * and all but the first `MAX_MESSAGE_LENGTH` characters, since some providers quote the request.
 */
export function scrub(message: string): string {
  return concealCredentials(message)
    .replace(/\bhttps?:\/\/\S+/gi, '[url]')
    .replace(/\b(sk|rsk|mak|pk|key|AIza|ya29|AKIA|ASIA|ABSK|Bearer)[-_. ]?[A-Za-z0-9_\-./+=*]{12,}/g, '[credential]')
    .slice(0, MAX_MESSAGE_LENGTH);
}
