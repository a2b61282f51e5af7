import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { choiceHeaders, limitHeaders } from '../shared/request-headers.ts';
import { selectBody, selectModel } from './select.ts';
import { selectionReply } from './selection-reply.ts';

export const selectRoutes: readonly Route<Services>[] = [
  {
    method: 'POST',
    path: '/v1/router/select',
    operationId: 'selectModel',
    tag: 'chat',
    summary: 'The model that `auto` would ask, and why; free',
    access: 'inference',
    surface: openaiSurface,
    body: selectBody,
    replies: { 200: selectionReply },
    errors: [
      'model_not_found',
      'not_found',
      'rate_limit_exceeded',
      'context_length_exceeded',
      'model_capability_not_supported',
    ],
    headers: { request: choiceHeaders, reply: limitHeaders },
    examples: { body: { messages: [{ role: 'user', content: 'Prove that there are infinitely many primes.' }] } },
    handle: selectModel,
  },
];
