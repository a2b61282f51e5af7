type Fields = Record<string, unknown>;

/**
 * What `stream()` of OpenAI's Python package (openai 2.x, `lib/streaming/_deltas.py`) makes of the deltas of a choice: strings are
 * joined but for `type`, entries of lists are joined where their `index` is that of a place in the list, and entries without an
 * `index` are an error.
 */
export function accumulateAsPython(deltas: readonly Fields[]): Fields {
  const [first = {}, ...others] = structuredClone([...deltas]);
  return others.reduce((message, delta) => accumulate(message, delta), first);
}

function accumulate(message: Fields, delta: Fields): Fields {
  for (const [name, value] of Object.entries(delta)) {
    const known = message[name];
    if (known === undefined && Array.isArray(value)) message[name] = joinFirst(value);
    else if (known === undefined || known === null || name === 'index' || name === 'type') message[name] = value;
    else message[name] = join(known, value);
  }
  return message;
}

function join(known: unknown, value: unknown): unknown {
  if (typeof known === 'string' && typeof value === 'string') return known + value;
  if (typeof known === 'number' && typeof value === 'number') return known + value;
  if (Array.isArray(known) && Array.isArray(value)) {
    for (const entry of value as Fields[]) addEntry(known as Fields[], entry);
    return known;
  }
  return isFields(known) && isFields(value) ? accumulate(known, value) : known;
}

function addEntry(list: Fields[], entry: Fields): void {
  if (typeof entry.index !== 'number') throw new Error(`An entry of a list has no index: ${JSON.stringify(entry)}`);
  const known = list[entry.index];
  if (known === undefined) list.splice(entry.index, 0, entry);
  else list[entry.index] = accumulate(known, entry);
}

/** The entries of a list that comes for the first time; those of one index are joined. */
function joinFirst(entries: readonly unknown[]): unknown[] {
  if (!entries.every((entry) => isFields(entry) && typeof entry.index === 'number')) return [...entries];
  const byIndex = new Map<unknown, Fields>();
  for (const entry of entries as Fields[]) {
    const known = byIndex.get(entry.index);
    byIndex.set(entry.index, known === undefined ? entry : accumulate(known, entry));
  }
  return [...byIndex.values()];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
