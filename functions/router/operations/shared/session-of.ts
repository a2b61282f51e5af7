import { isRecord } from '../../../formats/shared/is-record.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * What a session's name may look like to be kept as it is; another is kept as a keyed hash, since clients put what they like there,
 * addresses of mail as well.
 */
const NAME = /^[\w.:/+=-]{1,128}$/;

/** The header that switches affinity off, or names a session: OpenCode does. */
const AFFINITY = 'x-session-affinity';
const OFF = 'off';

/** Claude Code's, and any other client's of this form; OpenCode sends the session that its own was begun by, too. */
const OTHERS_HEADER = /^x-(?!parent-).+-session-id$/;

/** Headers that Codex names its conversation in, of all versions. */
const codexHeaders = ['session-id', 'session_id', 'thread-id', 'conversation_id'] as const;

/** The conversation that a request is a turn of, as its client names it; null where it does not. `hash` names what is no plain name. */
export function sessionOf(headers: Headers, body: unknown, hash: (name: string) => string): string | null {
  const fields = isRecord(body) ? body : {};
  const named =
    text(headers['x-session-id']) ??
    text(fields.session_id) ??
    text(headers['x-claude-code-session-id']) ??
    text(headers[Object.keys(headers).find((name) => OTHERS_HEADER.test(name)) ?? '']) ??
    codexHeaders.map((name) => text(headers[name])).find((name) => name !== null) ??
    (isAffinityOff(headers) ? null : text(headers[AFFINITY])) ??
    text(fields.prompt_cache_key) ??
    sessionOfUser(isRecord(fields.metadata) ? fields.metadata.user_id : null) ??
    text(headers['x-openwebui-chat-id']);
  if (named === null) return null;
  return NAME.test(named) ? named : hash(named);
}

/** Whether the caller wants every turn to go where it is best by itself. */
export function isAffinityOff(headers: Headers): boolean {
  return text(headers[AFFINITY])?.trim().toLowerCase() === OFF;
}

/** Claude Code's: JSON, or of older versions `user_…_session_<uuid>`. Whose it is stays out of it. */
function sessionOfUser(user: unknown): string | null {
  if (typeof user !== 'string') return null;
  const [, older] = /_session_([\w-]+)$/.exec(user) ?? [];
  if (older !== undefined) return older;
  try {
    const named: unknown = JSON.parse(user);
    return isRecord(named) ? text(named.session_id) : null;
  } catch {
    return null;
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
