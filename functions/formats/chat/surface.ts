import type { MeshError } from '../../core/errors.ts';
import { retryHeaders } from '../shared/retry-headers.ts';
import { encodeFrame, PING } from '../shared/sse.ts';
import type { Refusal, RefusalIds, Surface } from '../shared/surface.ts';

/** OpenAI's manners: its SDKs read `message, type, param, code` of an error, Mesh's the rest. */
export const openaiSurface: Surface = { name: 'openai', passOn: [], ping: PING, refuse, frame: encodeFrame };

function refuse(error: MeshError, { requestId, label, meshSdk, more }: RefusalIds): Refusal {
  const forSdk = meshSdk && error.code === 'invalid_request_error';
  const { retryAfterSeconds } = error;
  return {
    status: forSdk ? 422 : error.status,
    headers: retryHeaders(error, error.status),
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
