import { z } from 'zod';

/** A schema as the document has it: `input` for what is sent to us, `output` for what we answer. */
export function toJsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'output'): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  // Replies may say more than is named.
  return io === 'output' ? open(rest) : rest;
}

/** The schema without what would forbid fields that are not named. */
function open(schema: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(schema, (key, value) => (key === 'additionalProperties' && value === false ? undefined : value)),
  );
}

/**
 * `example`: the value that is shown, where there is one. It goes out as one of `examples`: the renderer of /docs/reference
 * takes an `example` that is an object for a map of examples, and fails on its first null.
 */
export function json(schema: unknown, example?: unknown) {
  return {
    'application/json': { schema, ...(example === undefined ? {} : { examples: { example: { value: example } } }) },
  };
}

export function refTo(kind: 'schemas' | 'responses' | 'headers', name: string) {
  return { $ref: `#/components/${kind}/${name}` };
}
