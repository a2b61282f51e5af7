/**
 * Finds models by names that are written in another way than the catalogue's: `models/…` before them, dashes for the dots of
 * a version, a date, `-latest` or `[1m]` after them, no vendor before them. A name that could mean two models means none.
 */
export function indexLooseNames<Model>(names: ReadonlyMap<string, Model>): (name: string) => Model | null {
  const found = new Map<string, Model | null>();
  const add = (name: string, model: Model) => {
    const other = found.get(name);
    found.set(name, other === undefined || other === model ? model : null);
  };
  for (const [name, model] of names) {
    const loose = loosen(name);
    add(loose, model);
    const bare = loose.slice(loose.indexOf('/') + 1);
    if (bare !== loose) add(bare, model);
  }
  return (name) => {
    const loose = loosen(name);
    // A name with a date in the catalogue is another snapshot than one with another date.
    const known = found.get(loose);
    return (known === undefined ? found.get(loose.replace(DATE, '')) : known) ?? null;
  };
}

const BEFORE = /^models\//;
const CONTEXT = /\[1m\]$/;
/** `-20250929`, `-2025-09-29`, `@20250929`; the latest is the one that the catalogue has. */
const DATE = /([-@]20\d{2}-?[01]\d-?[0-3]\d|-latest)$/;

function loosen(name: string): string {
  return name.replace(BEFORE, '').replace(CONTEXT, '').replaceAll('.', '-');
}
