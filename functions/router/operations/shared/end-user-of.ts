import { isRecord } from '../../../formats/shared/is-record.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Where applications name their user beside the body: Open WebUI's own, and what LibreChat's administrators call the header that
 * they fill with `{{LIBRECHAT_USER_ID}}`.
 */
const headerNames = ['x-openwebui-user-id', 'x-librechat-user-id', 'x-user-id'] as const;

/** A placeholder that an application was to fill, and did not: whoever it is, it is not one person. */
const PLACEHOLDER = /\{\{.*\}\}/;

/** The end user that a request's headers name; null where they name none. */
export function endUserOfHeaders(headers: Headers): string | null {
  for (const name of headerNames) {
    const value = headers[name];
    if (typeof value === 'string' && value.trim() !== '' && !PLACEHOLDER.test(value)) return value.trim();
  }
  return null;
}

/**
 * The person in Anthropic's `metadata.user_id`. Claude Code puts its session beside it, as JSON or behind `_session_`: without that
 * every conversation would be a user of its own.
 */
export function personOf(userId: string | null | undefined): string | null {
  if (!userId) return null;
  const older = /^(.+)_session_[\w-]+$/.exec(userId);
  if (older?.[1] !== undefined) return older[1];
  if (!userId.startsWith('{')) return userId;
  try {
    const named: unknown = JSON.parse(userId);
    if (!isRecord(named)) return userId;
    const { session_id: _, ...person } = named;
    return Object.keys(person).length === 0 ? null : JSON.stringify(person);
  } catch {
    return userId;
  }
}
