/** The same object without fields that are null: OpenAI refuses null where a field is merely optional, clients send it. */
export function withoutNulls<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as T;
}
