import { MeshError } from '../../../core/errors.ts';
import { parseChatRequest } from '../../../formats/chat/parse-request.ts';
import { invalid } from '../../../formats/shared/refusals.ts';

/** What a chat request cannot be without. */
const least = { model: 'any', messages: [{ role: 'user', content: 'any' }] };

/**
 * Throws `invalid_request_error` where a chat request with these fields would be refused for them: whoever writes a template hears of
 * it, and not whoever uses it later.
 */
export function checkParams(params: Readonly<Record<string, unknown>>): void {
  const { tool_choice: _choice, ...others } = params;
  // A choice among tools that the request brings cannot be told before.
  const checked = params.tools === undefined ? others : params;
  try {
    for (const _ of parseChatRequest({ ...checked, ...least }));
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    throw invalid(error.param === null ? 'params' : `params.${error.param}`, error.message);
  }
}
