/** So many UTF-16 units are looked at at once, which stay in a processor's nearest cache. */
export const UNITS = 8 * 1024;
/** What is shorter is copied one by one: the call that copies more takes as long as that. */
const SHORT = 48;

/** Where `copyUnits` has copied to: characters of an array are found in half of the time of a string's. Everybody's, until the next copy. */
export const units = new Uint16Array(UNITS);
const bytes = Buffer.from(units.buffer);

/** Copies a text's UTF-16 units to `units`, from a place on and as many as fit. How many they are. */
export function copyUnits(text: string, from: number): number {
  const length = Math.min(text.length - from, UNITS);
  if (length <= SHORT) for (let at = 0; at < length; at++) units[at] = text.charCodeAt(from + at);
  else bytes.write(length === text.length ? text : text.slice(from, from + length), 'utf16le');
  return length;
}
