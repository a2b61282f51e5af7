/**
 * Ids of `reasoning_details` that have none of their own: each says its detail's `format` too. A piece after the first says no
 * format, since many clients join what is said twice, and some take that for none at all and forget the first (pydantic-ai's
 * OpenRouter model). An id they keep.
 */
export function detailId(format: string, index: number): string {
  return `rd:${format}:${index}`;
}

/** The format that such an id says; null for any other id. */
export function formatInId(id: unknown): string | null {
  return typeof id === 'string' ? (/^rd:(.+):\d+$/.exec(id)?.[1] ?? null) : null;
}
