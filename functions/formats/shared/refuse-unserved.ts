import { invalid } from './refusals.ts';

/** A field that changes what a request costs, or does, in a way that is not served. */
export interface Unserved {
  /** Whether a value asks for nothing. */
  unless: (value: unknown) => boolean;
  why: string;
}

export const isAbsent = (value: unknown) => value === undefined || value === null;
export const isEmpty = (value: unknown) => isAbsent(value) || (Array.isArray(value) && value.length === 0);
export const isOneOf =
  (...taken: readonly string[]) =>
  (value: unknown) =>
    isAbsent(value) || taken.some((each) => each === value);

/** Throws `invalid_request_error` for the first field that is not served: refused, never ignored. `path` stands before it. */
export function refuseUnserved(
  body: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, Unserved>>,
  path = '',
): void {
  for (const field in fields) {
    const { unless, why } = fields[field] as Unserved;
    if (!unless(body[field])) throw invalid(`${path}${field}`, why);
  }
}
