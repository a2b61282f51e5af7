import type { MeshError } from '../../core/errors.ts';
import { encodeFrame, PING } from '../shared/sse.ts';
import type { Refusal, RefusalIds, Surface } from '../shared/surface.ts';

/** SDKs sleep for as long as they are told to; beyond this they are told not to retry. */
const MAX_RETRY_AFTER_SECONDS = 60;

/** OpenAI's manners: its SDKs read `message, type, param, code` of an error, Mesh's the rest. */
export const openaiSurface: Surface = { name: 'openai', passOn: [], ping: PING, refuse, frame: encodeFrame };

function refuse(error: MeshError, { requestId, label, meshSdk, more }: RefusalIds): Refusal {
  const forSdk = meshSdk && error.code === 'invalid_request_error';
  const { retryAfterSeconds } = error;
  // Only the caller's own timeout is a 504 that may not be tried again: each try would be charged.
  const isOwnTimeout = error.code === 'gateway_timeout' && error.retry === 'never';
  const noRetry = error.status === 409 || isOwnTimeout || (retryAfterSeconds ?? 0) > MAX_RETRY_AFTER_SECONDS;
  return {
    status: forSdk ? 422 : error.status,
    headers: {
      ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...(noRetry ? { 'x-should-retry': 'false' } : {}),
    },
    body: {
      error: {
        code: forSdk ? 'validation_error' : error.code,
        message: error.message,
        type: error.type,
        param: error.param,
        ...(error.details === null ? {} : { details: error.details }),
        ...(error.providerCode === null ? {} : { provider_code: error.providerCode }),
        ...(retryAfterSeconds === null ? {} : { retry_after_seconds: retryAfterSeconds }),
      },
      request_id: label ?? requestId,
      ...more,
    },
  };
}
