/** The same without a cache marker: only formats that name their own caches understand one, OpenAI refuses it. */
export function withoutMarker<T extends object>(fields: T): Omit<T, 'cache_control'> {
  if (!('cache_control' in fields)) return fields;
  const { cache_control: _, ...rest } = fields as T & { cache_control?: unknown };
  return rest;
}
