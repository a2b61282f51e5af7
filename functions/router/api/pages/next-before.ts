/** What is passed as `before` for the page that follows a row: a millisecond later, so that none of its moment is missed. */
export function nextBefore(at: unknown): string | null {
  return at instanceof Date ? new Date(at.getTime() + 1).toISOString() : null;
}
