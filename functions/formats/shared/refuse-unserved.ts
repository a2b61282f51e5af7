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

/** Throws `invalid_request_error` for the first field of a body that is not served: refused, never ignored. */
export function refuseUnserved(
  body: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, Unserved>>,
): void {
  for (const [param, { unless, why }] of Object.entries(fields)) if (!unless(body[param])) throw invalid(param, why);
}
