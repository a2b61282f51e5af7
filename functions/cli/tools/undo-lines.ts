/** Longer texts are not compared: what is looked at grows with the square. */
const MOST_LINES = 3_000;

/** Lines of one text that stand where others stood in another one. */
interface Hunk {
  /** Where they begin in the text that has them, and how many they are. */
  at: number;
  count: number;
  before: string[];
}

/**
 * `now`, which is `after` as somebody has edited it, with what stood in `before` in place of what came between the two; all that
 * somebody has edited stays to the byte. Null where an edit is within what was put in, so that lines do not tell whose it is; and for texts over `MOST_LINES`.
 */
export function undoLines(before: string, after: string, now: string): string | null {
  const [from, to, edited] = [before, after, now].map((text) => text.split('\n')) as [string[], string[], string[]];
  if (Math.max(from.length, to.length, edited.length) > MOST_LINES) return null;
  const places = matchLines(to, edited);
  const result = [...edited];
  // From the end, so that places before stay what they are.
  for (const hunk of hunksOf(from, to).reverse()) {
    const at = findWhole(hunk, places);
    if (at === null) return null;
    result.splice(at, hunk.count, ...hunk.before);
  }
  return result.join('\n');
}

/** Where all lines of a hunk stand by now, one behind the other; null where they do not, or where it only took lines away. */
function findWhole({ at, count }: Hunk, places: readonly number[]): number | null {
  const start = places[at] ?? -1;
  if (count === 0 || start === -1) return null;
  for (let line = 0; line < count; line++) if (places[at + line] !== start + line) return null;
  return start;
}

/** What `to` has in place of lines of `from`. */
function hunksOf(from: readonly string[], to: readonly string[]): Hunk[] {
  const places = matchLines(from, to);
  const hunks: Hunk[] = [];
  let [old, at] = [0, 0];
  while (old < from.length || at < to.length) {
    const gone: string[] = [];
    while (old < from.length && places[old] === -1) gone.push(from[old++] ?? '');
    const next = old < from.length ? (places[old] ?? to.length) : to.length;
    if (gone.length > 0 || next > at) hunks.push({ at, count: next - at, before: gone });
    old++;
    at = next + 1;
  }
  return hunks;
}

/** For each line of one text its place in the other, -1 for none: the longest lines in common, in order. */
function matchLines(from: readonly string[], to: readonly string[]): number[] {
  const width = to.length + 1;
  const longest = new Uint32Array((from.length + 1) * width);
  for (let a = from.length - 1; a >= 0; a--) {
    for (let b = to.length - 1; b >= 0; b--) {
      const [down, right] = [longest[(a + 1) * width + b] ?? 0, longest[a * width + b + 1] ?? 0];
      longest[a * width + b] = from[a] === to[b] ? (longest[(a + 1) * width + b + 1] ?? 0) + 1 : Math.max(down, right);
    }
  }
  const places: number[] = [];
  let b = 0;
  for (let a = 0; a < from.length; a++) {
    // What is not the same is passed over on the side that loses nothing.
    while (b < to.length && from[a] !== to[b] && longest[a * width + b + 1] === longest[a * width + b]) b++;
    const isSame = b < to.length && from[a] === to[b];
    places.push(isSame ? b++ : -1);
  }
  return places;
}
