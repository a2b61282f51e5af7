import { isRecord } from '../shared/is-record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Values that are the caller's own: arguments, results and schemas, whose names mean nothing to the API. */
const opaque: ReadonlySet<string> = new Set([
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'responseSchema',
  'responseJsonSchema',
  'partMetadata',
  'labels',
]);
/** Lists of which Google takes one entry without its brackets, as its own examples have it. */
const lists: ReadonlySet<string> = new Set(['contents', 'parts', 'tools', 'functionDeclarations', 'safetySettings']);

const SNAKE = /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/;

/**
 * A message in the one form that is read here. Google's API takes each field by two names, `serviceTier` and `service_tier`, and its
 * documents show both: what is refused by one must not pass by the other. `kept`: names that are the router's.
 */
export function camelFields(value: unknown, kept: ReadonlySet<string> = new Set()): unknown {
  if (Array.isArray(value)) return value.map((each) => camelFields(each));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([field, each]) => camelField(field, each, kept)));
}

/** The fields of a body but for those of `left`, which is read entry by entry. */
export function camelBody(body: Fields, kept: ReadonlySet<string>, left: string): Record<string, unknown> {
  const entries = Object.entries(body).map(([field, each]) =>
    field === left ? ([field, isRecord(each) ? [each] : each] as const) : camelField(field, each, kept),
  );
  return Object.fromEntries(entries);
}

function camelField(field: string, each: unknown, kept: ReadonlySet<string>): readonly [string, unknown] {
  if (kept.has(field)) return [field, each];
  const name = SNAKE.test(field) ? field.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : field;
  if (opaque.has(name)) return [name, each];
  return [name, camelFields(lists.has(name) && isRecord(each) ? [each] : each)];
}
