import { MeshError } from '../../core/errors.ts';
import { classifyFailure, type ProviderError } from '../shared/failure.ts';
import { isRecord } from '../shared/is-record.ts';
import { parseOrNull } from '../shared/parse-or-null.ts';
import { wordsOf } from '../shared/words-of.ts';

/** The statuses that Anthropic documents for its error types; inside a stream only the type is known. */
const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** A reply with an error status: Anthropic's envelope, or Google's where Claude is served by Vertex. */
export function failure(status: number, headers: Readonly<Record<string, string>>, body: string): MeshError {
  return classify(status, headers, errorOf(parseOrNull(body)) ?? { code: '', message: wordsOf(parseOrNull(body)) });
}

/** The failure that a body or an event with a good status carries; null where it carries none. */
export function failureInBody(body: unknown): MeshError | null {
  const error = errorOf(body);
  return error === null ? null : classify(error.status ?? statuses[error.code] ?? 500, {}, error);
}

/**
 * Anthropic says 400 for an account of ours that has no money or may not go on. That is no mistake of the caller, who
 * must not read about it.
 */
const OUR_ACCOUNT = /credit balance is too low|api usage limits|organization has been disabled/i;

function classify(status: number, headers: Readonly<Record<string, string>>, error: ProviderError): MeshError {
  if (status === 400 && OUR_ACCOUNT.test(error.message)) {
    return new MeshError('upstream_error', { providerCode: '400', details: { provider_error: 'billing_error' } });
  }
  return classifyFailure(status, headers, error);
}

/** `{"type":"error","error":{"type","message"}}`, or Google's `{"error":{"code","message","status"}}`, also in an array. */
function errorOf(body: unknown): (ProviderError & { status: number | null }) | null {
  const envelope: unknown = Array.isArray(body) ? body[0] : body;
  if (!isRecord(envelope) || (!isRecord(envelope.error) && envelope.type !== 'error')) return null;
  const error = isRecord(envelope.error) ? envelope.error : {};
  const code = [error.type, error.status].find((name): name is string => typeof name === 'string') ?? '';
  return {
    code,
    message: wordsOf(error),
    status: typeof error.code === 'number' ? error.code : null,
  };
}
