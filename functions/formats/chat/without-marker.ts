/** The same object without a cache marker: only formats that name their own caches understand one, OpenAI refuses it. */
export function withoutMarker<T extends object>(fields: T): Omit<T, 'cache_control'> {
  const { cache_control: _, ...rest } = fields as T & { cache_control?: unknown };
  return rest;
}
