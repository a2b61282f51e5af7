/**
 * What of a request other formats have no word for. Where something is needed, endpoints of other formats are not asked; all of it
 * is counted, since a relay's model reads it.
 */
export class Unsaid {
  /** Path of the first thing without which the request would be another one; null for none. */
  needed: string | null = null;
  /** JSON of what is not in the pivot. */
  readonly values: unknown[] = [];

  /** Something that only this format has, and that may not be left out. */
  need(param: string): void {
    this.needed ??= param;
  }

  /** A block that only this format has, as its type says. */
  block(block: unknown, param: string): void {
    this.part(block, `${param}.type`);
  }

  /** A part that only this format has. */
  part(part: unknown, param: string): void {
    this.need(param);
    this.values.push(part);
  }

  /** What a block that can be said has beside that, such as the citations of an earlier answer. */
  beyond(block: Readonly<Record<string, unknown>>, known: ReadonlySet<string> | undefined): void {
    const others = Object.entries(block).filter(([field]) => known?.has(field) === false);
    if (others.length > 0) this.values.push(Object.fromEntries(others));
  }
}
