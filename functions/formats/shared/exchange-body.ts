import type { RequestRules } from '../../core/endpoints/request-rules.ts';

type BodyRules = Pick<RequestRules, 'set' | 'drop' | 'rename'>;

/**
 * JSON, or a piece of it, without halves of surrogate pairs, which no provider takes: each becomes the character for what cannot
 * be read. JSON has them as escapes; one that is text, after an escaped backslash, is left alone, since it is matched as that.
 */
export function withoutHalves(json: string): string {
  return json.includes('\\ud') ? json.replace(/\\(\\|ud[89a-f][0-9a-f]{2})/g, toReadable) : json;
}

function toReadable(matched: string): string {
  return matched === '\\\\' ? matched : '\ufffd';
}

/** A translated body after an endpoint's own rules: drop, rename, then set. Top level only. */
export function applyBodyRules(body: Record<string, unknown>, rules: BodyRules): Record<string, unknown> {
  const changed = { ...body };
  for (const field of rules.drop) delete changed[field];
  for (const [from, to] of Object.entries(rules.rename)) {
    if (!(from in changed)) continue;
    changed[to] = changed[from];
    delete changed[from];
  }
  return Object.assign(changed, rules.set);
}
