import type { MeshError } from '../errors.ts';

/**
 * What a failed attempt says of its endpoint. `failed`: it is broken. `limited`: it has no time for us. `refused`: it works, but
 * not for us (our credential, our account, a model it does not know). `none`: it was the caller's mistake, or ours.
 */
export type Blame = 'failed' | 'limited' | 'refused' | 'none';

const TOO_MANY_REQUESTS = 429;
const REQUEST_TIMEOUT = 408;
const SERVER_ERRORS = 500;
const CLIENT_ERRORS = 400;
/** What Bedrock says where the model itself failed. */
const FAILED_DEPENDENCY = 424;
/** Our credential is not known, our account has no money, the model is not there. A 403 may be about what a caller wrote. */
const REFUSALS: readonly number[] = [401, 402, 404];

const upstreamCodes: readonly string[] = ['upstream_error', 'upstream_truncated', 'gateway_timeout'];
/** The name of a timeout that the caller chose: it says nothing of the endpoint. */
export const CALLER_TIMEOUT = 'caller_timeout';

/** The name of an answer that the model itself failed to write: what it was asked may be why, so its endpoint is not to blame. */
export const MODEL_FAILED = 'model_failed';

/** Names of what says nothing of the endpoint: it went wrong before an exchange began, on our side, or the model did. */
const ownNames: readonly string[] = [
  CALLER_TIMEOUT,
  MODEL_FAILED,
  'too_many_connections',
  'unknown_scheme',
  'closed',
  'cancelled',
  'invalid_request',
];

/** Reads it off the error: statuses and our own names of failures stand in `providerCode`. */
export function blameOf({ code, providerCode }: MeshError): Blame {
  if (!upstreamCodes.includes(code)) return 'none';
  if (providerCode === null) return 'failed';
  const status = Number(providerCode);
  if (Number.isNaN(status)) return ownNames.includes(providerCode) ? 'none' : 'failed';
  if (status === TOO_MANY_REQUESTS) return 'limited';
  if (REFUSALS.includes(status)) return 'refused';
  // A redirect is no answer either: to a page for logging in, or to where the API has moved.
  const isBroken = status < CLIENT_ERRORS || status >= SERVER_ERRORS;
  return isBroken || status === REQUEST_TIMEOUT || status === FAILED_DEPENDENCY ? 'failed' : 'none';
}
