import { concealInAnswer } from '../../core/credentials.ts';
import type { MeshError } from '../../core/errors.ts';
import { isRecord } from '../shared/is-record.ts';
import { parseOrNull } from '../shared/parse-or-null.ts';
import { failure, failureInBody } from './failure.ts';

/** What is said of a request is for its caller; what is said of our key, our project or our quota is not. */
const OF_REQUESTS = new Set(['INVALID_ARGUMENT', 'OUT_OF_RANGE']);

/** A reply with an error status, with the provider's own body where that is the format's and meant for the caller. */
export function relayFailure(status: number, headers: Readonly<Record<string, string>>, body: string): MeshError {
  return withBody(failure(status, headers, body), parseOrNull(body));
}

/** The failure that an event or a body with a good status carries; null where it carries none. */
export function failureOf(body: unknown): MeshError | null {
  const error = failureInBody(body);
  return error === null ? null : withBody(error, body);
}

function withBody(error: MeshError, body: unknown): MeshError {
  const envelope: unknown = Array.isArray(body) ? body[0] : body;
  if (!isRecord(envelope) || !isRecord(envelope.error) || error.status !== 400) return error;
  const { status, message } = envelope.error;
  if (typeof message !== 'string' || !OF_REQUESTS.has(String(status))) return error;
  return error.with({ verbatim: concealInAnswer(envelope) });
}
