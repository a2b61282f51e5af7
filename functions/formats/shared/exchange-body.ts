import type { BodyRules } from '../../core/endpoints/endpoint.ts';

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
