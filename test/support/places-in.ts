type Fields = Record<string, unknown>;
type Place = readonly string[];

/** Every place in a value but the value itself, as the keys that lead there. */
export function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [[key], ...placesIn(part).map((place) => [key, ...place])]);
}

/** The same value with something else in a place; `undefined` takes away what is there. */
export function changed(value: unknown, [key, ...rest]: Place, to: unknown): unknown {
  if (key === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as Fields) }) as Fields;
  const part = changed(copy[key], rest, to);
  if (part === undefined) delete copy[key];
  else copy[key] = part;
  return copy;
}

/** Puts something else in a place, where that is still there; nothing takes it away. */
export function put(body: object, place: Place, value: unknown): void {
  const last = place.at(-1) ?? '';
  let within: unknown = body;
  for (const name of place.slice(0, -1)) within = (within as Fields | null | undefined)?.[name];
  if (typeof within !== 'object' || within === null) return;
  const fields = within as Fields;
  if (value === undefined) delete fields[last];
  else fields[last] = value;
}
