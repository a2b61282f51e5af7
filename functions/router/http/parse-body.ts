import type { z } from 'zod';
import { suggestNames, toValidationError } from '../../formats/shared/validation-error.ts';
import type { Call } from './call.ts';
import { readJson } from './read-body.ts';

/** The call's body as its schema says; throws `invalid_request_error` with the path of the first mistake. */
export async function parseBody<Schema extends z.ZodType>(call: Call, schema: Schema): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(await readJson(call), { error: suggestNames });
  if (!parsed.success) throw toValidationError(parsed.error);
  return parsed.data;
}
