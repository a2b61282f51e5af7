import { isRecord } from '../../../formats/shared/is-record.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * What a session's name may look like to be kept as it is; another is kept as a keyed hash, since clients put what they like there,
 * addresses of mail as well.
 */
const NAME = /^[\w.:/+=-]{1,128}$/;

/** Headers that clients name their conversation in: OpenRouter's and OpenCode's, then Claude Code's, then Codex's, then others'. */
const headerNames = [
  'x-session-id',
  'x-claude-code-session-id',
  'session-id',
  'session_id',
  'thread-id',
  'conversation_id',
  'x-session-affinity',
] as const;

/** The conversation that a request is a turn of, as its client names it; null where it does not. `hash` names what is no plain name. */
export function sessionOf(headers: Headers, body: unknown, hash: (name: string) => string): string | null {
  const fields = isRecord(body) ? body : {};
  const [own, ...others] = headerNames;
  const named =
    text(headers[own]) ??
    text(fields.session_id) ??
    others.map((name) => text(headers[name])).find((name) => name !== null) ??
    text(fields.prompt_cache_key) ??
    sessionOfUser(isRecord(fields.metadata) ? fields.metadata.user_id : null) ??
    text(headers['x-openwebui-chat-id']);
  if (named === null) return null;
  return NAME.test(named) ? named : hash(named);
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
