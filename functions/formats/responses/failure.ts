import { MeshError } from '../../core/errors.ts';
import { failureInBody } from '../chat/failure.ts';
import { classifyFailure } from '../shared/failure.ts';
import { textOf } from '../shared/text-of.ts';

/**
 * The failure that a response object or an event carries; null where it carries none. A response that is still on its
 * way has no answer to give: the router never asks for one in the background.
 */
export function failureInResponse(response: Readonly<Record<string, unknown>>): MeshError | null {
  const failed = failureInBody(response);
  if (failed !== null) return failed;
  switch (response.status) {
    case 'failed':
      return failureInBody({ error: {} });
    case 'cancelled':
    case 'in_progress':
    case 'queued':
      return new MeshError('upstream_truncated');
    case 'completed':
    case 'incomplete':
    case undefined:
    case null:
      return null;
    default:
      return classifyFailure(500, {}, { code: textOf(response.status), message: '' });
  }
}
