/** A log entry, as filters ask for it: `jsonPayload.code`, `resource.labels.service_name`. */
export type LogEntry = Readonly<Record<string, unknown>>;

const SEVERITIES = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];
const VALUE = String.raw`"(?:[^"\\]|\\.)*"|[^\s()"]+`;
const COMPARISON = String.raw`(NOT )?([\w.]+)(!=|>=|=|>|:)(${VALUE}|\((?:${VALUE})(?: OR (?:${VALUE}))*\))`;
const TERM = new RegExp(String.raw`\s*(?:${COMPARISON}|\((${COMPARISON}(?: OR ${COMPARISON})*)\))\s*`, 'y');

/**
 * Whether an entry is what a filter of Cloud Logging asks for. Of the language only what our filters use: comparisons that all
 * have to hold, several values or comparisons in parentheses with OR, and NOT. Throws where it is anything else.
 * https://cloud.google.com/logging/docs/view/logging-query-language
 */
export function matchesFilter(filter: string, entry: LogEntry): boolean {
  const term = new RegExp(TERM);
  let matches = true;
  while (term.lastIndex < filter.length) {
    const found = term.exec(filter)?.[0].trim();
    if (found === undefined) throw new Error(`A filter that is not understood: ${filter}`);
    const any = found.startsWith('(') ? found.slice(1, -1) : found;
    const comparisons = [...any.matchAll(new RegExp(COMPARISON, 'g'))];
    if (!comparisons.some((comparison) => holds(comparison, entry))) matches = false;
  }
  return matches;
}

function holds([, not, path = '', op = '', given = '']: RegExpMatchArray, entry: LogEntry): boolean {
  const actual = path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], entry);
  const values = (given.match(new RegExp(VALUE, 'g')) ?? [])
    .filter((value) => value !== 'OR')
    .map((value) => (value.startsWith('"') ? String(JSON.parse(value)) : value));
  return (not === undefined) === compare(op, actual ?? null, values);
}

function compare(op: string, actual: unknown, values: readonly string[]): boolean {
  const text = actual === null ? null : String(actual);
  const [value = ''] = values;
  switch (op) {
    case '=':
      return text !== null && values.includes(text);
    case '!=':
      return text !== null && !values.includes(text);
    case '>=':
      return SEVERITIES.indexOf(text ?? '') >= SEVERITIES.indexOf(value);
    case '>':
      return Number(actual) > Number(value);
    default:
      return text?.includes(value) ?? false;
  }
}
