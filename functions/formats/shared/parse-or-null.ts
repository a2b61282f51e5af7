/** A body of an error as JSON; null where it is none. Its length was bounded where it was read. */
export function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
