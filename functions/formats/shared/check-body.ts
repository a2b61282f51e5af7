import type { z } from 'zod';
import { toValidationError } from './validation-error.ts';

type Fields = Readonly<Record<string, unknown>>;
type Listing<List extends string> = z.ZodObject<Record<List, z.ZodType>>;

/** A body whose one long list is checked entry by entry. */
export interface ListedSchema<Body extends Listing<List>, List extends string> {
  /** Of the whole body. */
  body: Body;
  /** The list's field. */
  list: List;
  /** The list as the body has it, with entries of any kind. */
  anyList: z.ZodType;
  entry: z.ZodType;
}

/**
 * A body as its schema makes it, checked in the same order and with the same complaints as in one go; it stops after each entry
 * of the list, which may be most of a large body. Throws `invalid_request_error` with the path of the first mistake.
 */
export function bodyChecker<Body extends Listing<List>, List extends string>({
  body,
  list,
  anyList,
  entry,
}: ListedSchema<Body, List>): (given: Fields) => Generator<void, z.infer<Body>> {
  const around = body.extend({ [list]: anyList });
  const order = Object.keys(body.shape);
  return function* checkBody(given) {
    const { success, data, error } = around.safeParse(given);
    const issues = [...(error?.issues ?? [])];
    const entries = given[list];
    const checked: unknown[] = [];
    for (const [at, each] of Array.isArray(entries) && !issues.some(({ path }) => path[0] === list)
      ? entries.entries()
      : []) {
      const outcome = entry.safeParse(each);
      if (outcome.success) checked.push(outcome.data);
      else issues.push(...outcome.error.issues.map((issue) => ({ ...issue, path: [list, at, ...issue.path] })));
      yield;
    }
    if (!success || issues.length > 0) {
      throw toValidationError({ issues: issues.sort((a, b) => placeOf(a, order) - placeOf(b, order)) });
    }
    return (Array.isArray(entries) ? { ...data, [list]: checked } : data) as z.infer<Body>;
  };
}

function placeOf({ path }: z.core.$ZodIssue, order: readonly string[]): number {
  return order.indexOf(String(path[0]));
}
