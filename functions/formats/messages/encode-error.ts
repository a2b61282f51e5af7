import type { ErrorCode, MeshError } from '../../core/errors.ts';
import { promptTooLong } from './prompt-too-long.ts';

/** Anthropic's types of errors. https://docs.claude.com/en/api/errors */
export type AnthropicErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'timeout_error'
  | 'api_error'
  | 'overloaded_error';

export interface EncodedError {
  status: number;
  type: AnthropicErrorType;
  message: string;
}

const types: Readonly<Partial<Record<ErrorCode, AnthropicErrorType>>> = {
  unauthorized: 'authentication_error',
  forbidden: 'permission_error',
  spend_limit_exceeded: 'billing_error',
  rate_limit_exceeded: 'rate_limit_error',
  model_not_found: 'not_found_error',
  not_found: 'not_found_error',
  payload_too_large: 'request_too_large',
  gateway_timeout: 'timeout_error',
};

/** An error in Anthropic's status, type and words: clients act on some of them. */
export function encodeError(error: MeshError): EncodedError {
  const { code, status, message } = error;
  if (code === 'context_length_exceeded')
    return { status, type: 'invalid_request_error', message: promptTooLong(error) };
  // As Anthropic's own gateway says it: with a 402 its tools do not know what to tell their user.
  if (code === 'spend_limit_exceeded') return { status: 429, type: 'billing_error', message: outOfMoney(error) };
  if (code === 'upstream_error') return ofProvider(error);
  return { status, type: types[code] ?? (status < 500 ? 'invalid_request_error' : 'api_error'), message };
}

/** What a provider said of itself, where Anthropic has a status for it. */
function ofProvider({ status, message, providerCode, details }: MeshError): EncodedError {
  const said = (details as { provider_error?: unknown } | null)?.provider_error;
  if (providerCode === '529' || said === 'overloaded_error') return { status: 529, type: 'overloaded_error', message };
  if (providerCode === '429') return { status: 429, type: 'rate_limit_error', message };
  return { status, type: 'api_error', message };
}

/**
 * Which limit it is and when it begins anew, in the words that tools look for.
 * https://code.claude.com/docs/en/claude-apps-gateway-spend-limits
 */
function outOfMoney({ message, details }: MeshError): string {
  const { window, resets_at: resetsAt } = (details ?? {}) as { window?: unknown; resets_at?: unknown };
  if (typeof window !== 'string') return `balance used up. ${message}`;
  const resets = typeof resetsAt === 'string' ? `; resets ${resetsAt.slice(0, 16).replace('T', ' ')} UTC` : '';
  return `spend limit reached (${window}${resets}). ${message}`;
}
