/** What opens, closes, or is a text. */
const STRUCTURE = /["{}[\]]/g;

/**
 * A JSON object as it is written, with these texts for those of its own fields that it has as texts. What lies deeper stays, and
 * so does every space, every digit and the order: clients get what the provider wrote.
 */
export function withOwnFields(json: string, values: Readonly<Record<string, string>>): string {
  let written = '';
  let from = 0;
  let depth = 0;
  let field: string | null = null;
  STRUCTURE.lastIndex = 0;
  for (let found = STRUCTURE.exec(json); found !== null; found = STRUCTURE.exec(json)) {
    const at = found.index;
    if (found[0] !== '"') {
      depth += found[0] === '{' || found[0] === '[' ? 1 : -1;
      field = null;
      continue;
    }
    const end = endOfText(json, at);
    STRUCTURE.lastIndex = end;
    if (depth !== 1) continue;
    const value = field === null || !Object.hasOwn(values, field) || !isValue(json, at) ? undefined : values[field];
    if (value !== undefined) {
      written += json.slice(from, at) + JSON.stringify(value);
      from = end;
    }
    field = json.slice(at + 1, end - 1);
  }
  return written + json.slice(from);
}

/** The same with further fields at its end. */
export function withMore(json: string, more: Readonly<Record<string, unknown>>): string {
  const end = json.lastIndexOf('}');
  const before = json.slice(0, end).trimEnd();
  const comma = before.endsWith('{') ? '' : ',';
  return `${before}${comma}${JSON.stringify(more).slice(1)}${json.slice(end + 1)}`;
}

/** Where the text that begins at `at` has ended. */
function endOfText(json: string, at: number): number {
  for (let end = json.indexOf('"', at + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    let slashes = 0;
    while (json[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
  return json.length;
}

/** Whether a text stands where the value of a field does, and not its name. */
function isValue(json: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && (json[before] as string) <= ' ') before--;
  return json[before] === ':';
}
