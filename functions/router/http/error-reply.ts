import type { MeshError } from '../../core/errors.ts';
import type { Decision } from '../way/decision.ts';
import { type Call, explain } from './call.ts';

/** SDKs sleep for as long as they are told to; beyond this they are told not to retry. */
const MAX_RETRY_AFTER_SECONDS = 60;

export interface EncodedError {
  status: number;
  headers: Record<string, string>;
  body: {
    error: {
      code: string;
      message: string;
      type: string;
      param: string | null;
      details?: unknown;
      provider_code?: string;
      retry_after_seconds?: number;
    };
    request_id: string;
    mesh?: { decision?: Decision };
  };
}

/** An error as clients get it: OpenAI's SDK reads `message, type, param, code`, Mesh's the rest. */
export function encodeError(
  error: MeshError,
  call: Pick<Call, 'requestId' | 'label' | 'meshSdk' | 'explained' | 'decision'>,
): EncodedError {
  const forSdk = call.meshSdk && error.code === 'invalid_request_error';
  const { retryAfterSeconds } = error;
  const noRetry = error.status === 409 || (retryAfterSeconds ?? 0) > MAX_RETRY_AFTER_SECONDS;
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
      request_id: call.label ?? call.requestId,
      ...(call.explained && call.decision !== null ? { mesh: explain(call) } : {}),
    },
  };
}
