import type { MeshError } from '../../core/errors.ts';
import { retryHeaders } from '../shared/retry-headers.ts';
import type { Refusal, RefusalIds, Surface } from '../shared/surface.ts';
import { capHeaders } from './cap-headers.ts';
import { encodeError } from './encode-error.ts';
import { encodeEvent } from './encode-event.ts';

/** Anthropic's manners. https://docs.claude.com/en/api/errors, https://docs.claude.com/en/docs/build-with-claude/streaming */
export const anthropicSurface: Surface = {
  name: 'anthropic',
  passOn: ['anthropic-version', 'anthropic-beta'],
  ping: encodeEvent({ type: 'ping' }),
  idHeader: 'request-id',
  refuse,
  capHeaders,
  frame: (body) => encodeEvent({ type: 'error', ...body }),
};

/** A provider's own body in this format is passed on as it came. */
function refuse(error: MeshError, { requestId, label, more }: RefusalIds): Refusal {
  const { status, type, message } = encodeError(error);
  const { code, param, details, providerCode } = error;
  return {
    status,
    headers: retryHeaders(error, status, error.code === 'spend_limit_exceeded'),
    body: error.verbatim ?? {
      type: 'error',
      error: {
        type,
        message,
        code,
        param,
        ...(details === null ? {} : { details }),
        ...(providerCode === null ? {} : { provider_code: providerCode }),
      },
      request_id: label ?? requestId,
      ...more,
    },
  };
}
