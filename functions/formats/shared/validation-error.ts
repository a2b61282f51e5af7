import type { ZodError, z } from 'zod';
import { MeshError } from '../../core/errors.ts';
import { nearestName } from './nearest-name.ts';

/** One field at fault, in the form that Mesh's SDKs read. */
export interface ValidationDetail {
  type: string;
  loc: (string | number)[];
  msg: string;
}

type Issue = ZodError['issues'][number];

const MAX_DETAILS = 16;

/** Slips in a field's name, from which it can still be told which one was meant. */
const MOST_SLIPS = 2;

/** Names the nearest known field where a strict schema has none of that name: an error map for `safeParse`. */
export function suggestNames(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  const [unknown = ''] = issue.keys;
  const { shape } = (issue.inst as z.core.$ZodObject)._zod.def;
  const meant = nearestName(unknown, Object.keys(shape), MOST_SLIPS);
  return `There is no such field${meant === null ? '' : `; did you mean "${meant}"?`}`;
}

/** Any schema's complaint in our shape. */
export function toValidationError(error: Pick<ZodError, 'issues'>): MeshError {
  const details: ValidationDetail[] = error.issues
    .flatMap((issue) => deepest(issue))
    .slice(0, MAX_DETAILS)
    .map((issue) => ({ type: issue.code, loc: ['body', ...pathOf(issue).map(toLocation)], msg: issue.message }));
  const [first] = details;
  const param = first?.loc.slice(1).join('.') ?? '';
  return new MeshError('invalid_request_error', {
    ...(param === '' ? {} : { param }),
    message:
      param === ''
        ? `${first?.msg ?? 'Invalid request'}.`
        : `${param}: ${first?.msg}${/[.?]$/.test(first?.msg ?? '') ? '' : '.'}`,
    details,
  });
}

/**
 * What is wrong inside a value that may be one of several things: of the branch that it came furthest in, by its whole path.
 * Where no branch was entered, it is the value itself that is wrong.
 */
function deepest(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branches = issue.errors.map((issues) => issues.flatMap((inner) => deepest(inner as Issue)));
  const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map(({ path }) => path.length));
  const [best] = branches.sort((a, b) => depth(b) - depth(a));
  if (best === undefined || depth(best) === 0) return [issue];
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** Where an issue is; of a field that is not known, that field. */
function pathOf(issue: Issue): PropertyKey[] {
  const [unknown] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  return unknown === undefined ? issue.path : [...issue.path, unknown];
}

function toLocation(key: PropertyKey): string | number {
  return typeof key === 'number' ? key : String(key);
}
