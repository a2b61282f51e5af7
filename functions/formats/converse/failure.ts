import type { MeshError } from '../../core/errors.ts';
import { classifyFailure } from '../shared/failure.ts';
import { isRecord } from '../shared/is-record.ts';

/**
 * The statuses of Bedrock's exceptions; inside a stream only the name is known. A quota of our account counts as a limit
 * though its status is 400, and so do keys that expired as a refused credential.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
 */
const statuses: Readonly<Record<string, number>> = {
  ValidationException: 400,
  AccessDeniedException: 403,
  ExpiredTokenException: 403,
  ExpiredToken: 403,
  UnrecognizedClientException: 403,
  InvalidClientTokenId: 403,
  InvalidSignatureException: 403,
  IncompleteSignature: 403,
  IncompleteSignatureException: 403,
  MissingAuthenticationToken: 403,
  MissingAuthenticationTokenException: 403,
  ResourceNotFoundException: 404,
  ModelTimeoutException: 408,
  ModelErrorException: 424,
  ModelStreamErrorException: 424,
  ThrottlingException: 429,
  ModelNotReadyException: 429,
  ServiceQuotaExceededException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
};

/** Validation errors about what the catalogue names or our account may do, which say nothing about the caller's request. */
const OUR_SIDE =
  /model identifier is invalid|on-demand throughput|inference profile|operation not allowed|end of its life/i;

/** A reply with an error status. The exception's name stands in a header or in the body's `__type`. */
export function failure(status: number, headers: Readonly<Record<string, string>>, body: string): MeshError {
  const error = parse(body);
  const name = [headers['x-amzn-errortype'], error.__type, error.code].find((text) => typeof text === 'string');
  return classify(toName(name), status, headers, messageOf(error));
}

/** An exception or error inside a stream, `throttlingException` with its body. */
export function failureInStream(name: string, body: unknown): MeshError {
  return classify(toName(name), 500, {}, messageOf(body));
}

function classify(name: string, status: number, headers: Readonly<Record<string, string>>, message: string): MeshError {
  const known = Object.hasOwn(statuses, name) ? (statuses[name] ?? status) : status;
  if (known === 400 && OUR_SIDE.test(message)) return classifyFailure(404, headers, { code: name, message });
  return classifyFailure(known, headers, { code: name, message });
}

/** `com.amazon.coral.service#ThrottlingException:http://…` and `throttlingException` are both `ThrottlingException`. */
function toName(text: unknown): string {
  if (typeof text !== 'string') return '';
  const name = text.split(':')[0]?.split('#').at(-1)?.trim() ?? '';
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

function messageOf(error: unknown): string {
  if (!isRecord(error)) return '';
  return [error.message, error.Message, error.originalMessage].find((text) => typeof text === 'string') ?? '';
}

function parse(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
