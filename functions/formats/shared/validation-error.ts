import type { ZodError } from 'zod';
import { MeshError } from '../../core/errors.ts';

/** One field at fault, in the form that Mesh's SDKs read. */
export interface ValidationDetail {
  type: string;
  loc: (string | number)[];
  msg: string;
}

const MAX_DETAILS = 16;

/** Any schema's complaint in our shape. */
export function toValidationError(error: ZodError): MeshError {
  const details: ValidationDetail[] = error.issues
    .slice(0, MAX_DETAILS)
    .map((issue) => ({ type: issue.code, loc: ['body', ...pathOf(issue).map(toLocation)], msg: issue.message }));
  const [first] = details;
  const param = first?.loc.slice(1).join('.') ?? '';
  return new MeshError('invalid_request_error', {
    ...(param === '' ? {} : { param }),
    message: param === '' ? `${first?.msg ?? 'Invalid request'}.` : `${param}: ${first?.msg}.`,
    details,
  });
}

/** Where an issue is; of a field that is not known, that field. */
function pathOf(issue: ZodError['issues'][number]): PropertyKey[] {
  const [unknown] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  return unknown === undefined ? issue.path : [...issue.path, unknown];
}

function toLocation(key: PropertyKey): string | number {
  return typeof key === 'number' ? key : String(key);
}
