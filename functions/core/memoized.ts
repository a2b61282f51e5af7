/**
 * The same function of a text, which keeps what it made, for texts that come again and again. It keeps `most` results and
 * then begins anew; what it throws is not kept.
 */
export function memoized<T>(make: (text: string) => T, most: number): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    if (kept.size >= most) kept.clear();
    kept.set(text, made);
    return made;
  };
}
