/** Characters; no field that anybody knows is longer. */
const LONGEST_NAME = 64;

/**
 * The known name that was most likely meant: at most `most` slips away, each a letter too many, missing, wrong or changed with the
 * next. Null where none is as near, or the name is known.
 */
export function nearestName(name: string, known: readonly string[], most: number): string | null {
  if (name.length > LONGEST_NAME || known.includes(name)) return null;
  let nearest: string | null = null;
  let least = most + 1;
  for (const each of known) {
    if (Math.abs(each.length - name.length) >= least) continue;
    const slips = slipsBetween(name, each);
    if (slips >= least) continue;
    nearest = each;
    least = slips;
  }
  return nearest;
}

/** The restricted edit distance of Damerau and Levenshtein. */
function slipsBetween(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const wrong = (last[j - 1] as number) + (isSame ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (before[j - 2] as number) + 1 : wrong;
      row.push(Math.min(wrong, swapped, (last[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    before = last;
    last = row;
  }
  return last[b.length] as number;
}
