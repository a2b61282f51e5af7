import { z } from 'zod';
import { MeshError } from '../../core/errors.ts';
import { chatRequestSchema, messageSchema, messagesOf } from '../pivot/chat-request.ts';
import type { PivotRequest } from '../pivot/upstream-format.ts';
import { bodyChecker } from '../shared/check-body.ts';
import { isAbsent, isEmpty, isOneOf, refuseUnserved, type Unserved } from '../shared/refuse-unserved.ts';
import { mendCustomTools } from './mend-custom-tools.ts';
import { mendRequest } from './mend-request.ts';
import { refuseSlips } from './refuse-slips.ts';

/** Fields that change what a request costs, or does, in ways that are not served: refused, never ignored. */
const unserved: Readonly<Record<string, Unserved>> = {
  prediction: { unless: isAbsent, why: 'Predicted outputs are not served: rejected tokens are billed.' },
  web_search_options: { unless: isAbsent, why: 'Web search by the provider is not served.' },
  search_parameters: { unless: isAbsent, why: 'Web search by the provider is not served.' },
  best_of: { unless: isAbsent, why: 'Answers that are thrown away are billed; `best_of` is not served.' },
  plugins: { unless: isEmpty, why: 'Plugins are not served.' },
  audio: { unless: isAbsent, why: 'Spoken answers are not served.' },
  modalities: { unless: (value) => isAbsent(value) || isOnlyText(value), why: 'Only text answers are served.' },
  service_tier: {
    unless: isOneOf('auto', 'default', 'standard'),
    why: 'Only the standard service tier is served.',
  },
  functions: { unless: isAbsent, why: '`functions` was replaced by `tools`.' },
  function_call: { unless: isAbsent, why: '`function_call` was replaced by `tool_choice`.' },
  // What is left of them when a template has been filled in.
  template: { unless: isAbsent, why: 'Templates are not served here.' },
  variables: { unless: isAbsent, why: '`variables` are for a `template`.' },
};

const checkBody = bodyChecker({
  body: chatRequestSchema,
  list: 'messages',
  anyList: messagesOf(z.unknown()),
  entry: messageSchema,
});

/**
 * Reads the body of a chat completion, message by message. `defaults` (the key's own) stand where the caller said nothing. Throws
 * `invalid_request_error` with the path of the first mistake as `param`; no message quotes a value from the request.
 */
export function* parseChatRequest(
  body: unknown,
  defaults: Readonly<Record<string, unknown>> = {},
): Generator<void, PivotRequest> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new MeshError('invalid_request_error', { message: 'The body must be a JSON object.' });
  }
  const { body: given, names } = mendCustomTools({ ...defaults, ...body });
  const raw = yield* mendRequest(given);
  refuseUnserved(raw, unserved);
  refuseSlips(raw);
  const chat = yield* checkBody(raw);
  return { chat, raw, ...(names.size > 0 ? { customTools: names } : {}) };
}

function isOnlyText(value: unknown): boolean {
  return Array.isArray(value) && value.every((modality) => modality === 'text');
}
