import { isSealedThought } from '../../functions/formats/messages/thoughts.ts';
import type { RecordedRequest } from './scripted-upstream.ts';
import { formatOfPath, refusalByFormat, refusalOf } from './strict-upstream.ts';

interface Block {
  type: string;
  id?: string;
  tool_use_id?: string;
  signature?: string;
  data?: string;
}

/**
 * What Anthropic has against a request that was relayed: there everything may be in it that its clients send. All other formats are
 * as strict as ever.
 */
export function refusalOfRelay(request: RecordedRequest): string | null {
  const format = formatOfPath(request.path);
  // Who takes thoughts back wants them with every call.
  if (format === 'chat' && request.body.includes('reasoning_content')) return refusalOf('deepseek', request);
  if (format !== 'messages') return refusalByFormat(request);
  const { model, max_tokens, messages, thinking, provider } = JSON.parse(request.body);
  if (request.headers['anthropic-version'] === undefined) return 'anthropic-version: header is required';
  if (model !== 'm') return `model: ${model}`;
  if (provider !== undefined) return 'provider: Extra inputs are not permitted';
  if (!Number.isInteger(max_tokens) || max_tokens < 1) return 'max_tokens: Field required';
  if (thinking?.type === 'enabled' && thinking.budget_tokens >= max_tokens) {
    return '`max_tokens` must be greater than `thinking.budget_tokens`.';
  }
  let calls: string[] = [];
  for (const { role, content } of messages as { role: string; content: string | Block[] }[]) {
    const blocks = typeof content === 'string' ? [] : content;
    if (blocks.some(isSealedThought)) {
      return 'Invalid `signature` in `thinking` block';
    }
    if (role === 'assistant') {
      calls = blocks.flatMap(({ type, id = '' }) => (type === 'tool_use' ? [id] : []));
      continue;
    }
    const results = blocks.flatMap(({ type, tool_use_id = '' }) => (type === 'tool_result' ? [tool_use_id] : []));
    if (results.toSorted().join() !== calls.toSorted().join())
      return '`tool_use` ids were found without `tool_result` blocks';
    calls = [];
  }
  return null;
}
