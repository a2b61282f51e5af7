/**
 * Puts reasoning back where it stood among the parts of an assistant's turn: each piece at its `index`, the other parts
 * in order in between. Pieces without an index come first, which is where models put thinking when it is not interleaved.
 */
export function interleave<T>(reasoning: readonly { index: number | null; part: T }[], others: readonly T[]): T[] {
  const unplaced = reasoning.filter((piece) => piece.index === null).map((piece) => piece.part);
  const placed = reasoning
    .filter((piece): piece is { index: number; part: T } => piece.index !== null)
    .sort((a, b) => a.index - b.index);
  const parts = [...unplaced];
  const rest = [...others];
  for (const { index, part } of placed) {
    parts.push(...rest.splice(0, Math.max(0, index - parts.length)), part);
  }
  return [...parts, ...rest];
}
