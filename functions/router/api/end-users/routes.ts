import { z } from 'zod';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import { count } from '../../http/reply-fields.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { eraseBody, eraseEndUser } from './erase-end-user.ts';

const erasedReply = z.object({
  erased: count.describe('Requests whose traces are gone now.'),
  running: count.describe(
    'Requests of the user that still run, where its key caps end users: each leaves its traces when it ends.',
  ),
  done: z.boolean().describe('False where there is or may be more: the same call goes on.'),
});

export const endUserRoutes: readonly Route<Services>[] = [
  {
    method: 'POST',
    path: '/v1/end-users/erase',
    operationId: 'eraseEndUser',
    tag: 'usage',
    summary: 'Take what names an end user out of the requests that are kept',
    description:
      'The hash of the user, `metadata`, the session and the caller’s own label go; money, tokens and times stay. Some requests at ' +
      'a time: it is to be repeated until it says `done`.',
    access: 'manage',
    scope: 'owners:write',
    surface: openaiSurface,
    body: eraseBody,
    replies: { 200: erasedReply },
    errors: ['not_found'],
    examples: { body: { user: 'ann@example.com' }, reply: { erased: 12, running: 0, done: true } },
    handle: eraseEndUser,
  },
];
