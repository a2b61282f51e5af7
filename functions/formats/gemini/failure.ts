import type { MeshError } from '../../core/errors.ts';
import { classifyFailure, type ProviderError } from '../shared/failure.ts';
import { isRecord } from '../shared/is-record.ts';
import { parseOrNull } from '../shared/parse-or-null.ts';
import { textOf } from '../shared/text-of.ts';
import { wordsOf } from '../shared/words-of.ts';

/** The HTTP statuses of Google's canonical codes, for an error that names no number. https://google.aip.dev/193 */
const statuses: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

interface GoogleError extends ProviderError {
  /** The HTTP status that the error names itself. */
  status: number | null;
  /** The reason in its `ErrorInfo`, for example `API_KEY_INVALID`. */
  reason: string;
}

/** A reply with an error status: `{"error":{"code","message","status","details"}}`, also as the one entry of an array. */
export function failure(status: number, headers: Readonly<Record<string, string>>, body: string): MeshError {
  return classify(
    status,
    headers,
    errorOf(parseOrNull(body)) ?? { code: '', message: wordsOf(parseOrNull(body)), status: null, reason: '' },
  );
}

/** The failure that a body or an event with a good status carries; null where it carries none. */
export function failureInBody(body: unknown): MeshError | null {
  const error = errorOf(body);
  return error === null ? null : classify(error.status ?? statuses[error.code] ?? 500, {}, error);
}

/**
 * Google says 400 where our key is bad, and where our project may not call the API from here or has no billing. Those are no
 * mistakes of the caller, who must not read about them.
 */
function classify(status: number, headers: Readonly<Record<string, string>>, error: GoogleError): MeshError {
  if (status === 400 && (error.reason.startsWith('API_KEY_') || /\bapi key\b/i.test(error.message))) {
    return classifyFailure(401, headers, { ...error, code: error.reason || error.code });
  }
  if (status === 400 && error.code === 'FAILED_PRECONDITION') return classifyFailure(403, headers, error);
  return classifyFailure(status, headers, error);
}

function errorOf(body: unknown): GoogleError | null {
  const envelope: unknown = Array.isArray(body) ? body[0] : body;
  if (!isRecord(envelope) || !isRecord(envelope.error)) return null;
  const { code, message, status, details } = envelope.error;
  return {
    code: textOf(status),
    message: textOf(message),
    status: typeof code === 'number' ? code : null,
    reason: textOf(detailOf(details, 'ErrorInfo')?.reason),
    retryAfterSeconds: toSeconds(detailOf(details, 'RetryInfo')?.retryDelay),
  };
}

function detailOf(details: unknown, type: string): Record<string, unknown> | null {
  if (!Array.isArray(details)) return null;
  const found: unknown = details.find(
    (detail: unknown) => isRecord(detail) && textOf(detail['@type']).endsWith(`google.rpc.${type}`),
  );
  return isRecord(found) ? found : null;
}

/** A protobuf duration, `"34.4s"`, rounded up to whole seconds. */
function toSeconds(duration: unknown): number | null {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(textOf(duration))?.[1];
  return seconds === undefined ? null : Math.ceil(Number(seconds));
}
