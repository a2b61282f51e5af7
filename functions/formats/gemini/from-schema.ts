import { isRecord } from '../shared/is-record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Google's own names of what JSON Schema has too, both as they may be written. https://ai.google.dev/api/caching#Schema */
const names: Readonly<Record<string, string>> = {
  any_of: 'anyOf',
  min_items: 'minItems',
  max_items: 'maxItems',
  min_length: 'minLength',
  max_length: 'maxLength',
  min_properties: 'minProperties',
  max_properties: 'maxProperties',
  additional_properties: 'additionalProperties',
  prefix_items: 'prefixItems',
};
/** Counts, which are texts on the wire: they are 64 bits long. */
const counts = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']);
/** What JSON Schema has no word for, or what says no more than the type does. */
const dropped = new Set(['nullable', 'propertyOrdering', 'property_ordering', 'example', 'type', 'format', 'enum']);
/** Formats that JSON Schema has as well. */
const formats = new Set(['date-time', 'date', 'time', 'email', 'uuid', 'uri']);

/** Google's subset of OpenAPI's schema as JSON Schema: types in lower case, null by name, counts as numbers. */
export function fromSchema(schema: Fields): Record<string, unknown> {
  const { nullable, format } = schema;
  const types = typeOf(schema.type);
  const type = types !== undefined && nullable === true ? [...[types].flat(), 'null'] : types;
  const choices = Array.isArray(schema.enum) ? { enum: nullable === true ? [...schema.enum, null] : schema.enum } : {};
  const said = Object.entries(schema).flatMap(([given, value]) => {
    const name = names[given] ?? given;
    return dropped.has(name) ? [] : [[name, fieldOf(name, value)] as const];
  });
  return {
    ...(type === undefined ? {} : { type }),
    ...(typeof format === 'string' && formats.has(format) ? { format } : {}),
    ...choices,
    ...Object.fromEntries(said),
  };
}

function typeOf(type: unknown): string | string[] | undefined {
  if (Array.isArray(type)) return type.map((each) => String(each).toLowerCase());
  return typeof type !== 'string' || type === 'TYPE_UNSPECIFIED' ? undefined : type.toLowerCase();
}

function fieldOf(name: string, value: unknown): unknown {
  if (counts.has(name) && typeof value === 'string') return Number(value);
  if (['properties', '$defs', 'defs'].includes(name) && isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, isRecord(each) ? fromSchema(each) : each]),
    );
  }
  if (['anyOf', 'allOf', 'oneOf', 'prefixItems'].includes(name) && Array.isArray(value)) {
    return value.map((each) => (isRecord(each) ? fromSchema(each) : each));
  }
  return ['items', 'additionalProperties'].includes(name) && isRecord(value) ? fromSchema(value) : value;
}
