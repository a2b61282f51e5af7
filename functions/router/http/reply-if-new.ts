import { createHash } from 'node:crypto';
import type { Call } from './call.ts';
import { hasCurrent } from './has-current.ts';
import type { Reply } from './route.ts';

/**
 * An answer to a GET that has an `ETag`, and is not sent again to whoever has it. `named`: the part of the body that the tag goes by,
 * where some of it, as the time it is of, changes with every answer.
 */
export function replyIfNew(call: Pick<Call, 'req'>, body: unknown, named: unknown = body): Reply {
  const digest = createHash('sha256').update(JSON.stringify(named)).digest('base64url').slice(0, 22);
  const headers = { etag: `"${digest}"` };
  return hasCurrent(call, headers.etag) ? { status: 304, headers } : { status: 200, body, headers };
}
