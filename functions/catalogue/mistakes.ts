import type { ZodError } from 'zod';
import { MeshError } from '../core/errors.ts';

/** What is wrong in a catalogue, and where: `models["acme/large"].endpoints[0].price.input`, `is required`. */
export interface Mistake {
  path: string;
  message: string;
}

/** Nobody mends more of them at once. */
export const MAX_MISTAKES = 100;

/** The error for a mistake at a path: `models["anthropic/claude-sonnet-4.5"].endpoints[0].price.input: is required`. */
export function mistake(path: readonly PropertyKey[], message: string): MeshError {
  return toError([{ path: formatPath(path), message }]);
}

/** One error for several mistakes: its message and `param` name the first, its `details.mistakes` all of them. */
export function toError(mistakes: readonly Mistake[]): MeshError {
  const [first] = mistakes;
  const param = first?.path ?? formatPath([]);
  return new MeshError('invalid_request_error', {
    param,
    message: `${param}: ${first?.message ?? 'is not valid'}`,
    details: { mistakes: mistakes.slice(0, MAX_MISTAKES) },
  });
}

/** The mistakes that an error of `mistake` or `toError` tells; throws anything else again. */
export function mistakesOf(thrown: unknown): readonly Mistake[] {
  const { mistakes } = ((thrown instanceof MeshError && thrown.details) || {}) as { mistakes?: readonly Mistake[] };
  if (mistakes === undefined) throw thrown;
  return mistakes;
}

/** What `make` returns of each, in order. Goes on where it throws a mistake, and throws all of them at the end. */
export function eachChecked<T, R>(items: Iterable<T>, make: (item: T) => R): R[] {
  const made: R[] = [];
  const mistakes: Mistake[] = [];
  for (const item of items) {
    try {
      made.push(make(item));
    } catch (thrown) {
      mistakes.push(...mistakesOf(thrown));
    }
  }
  if (mistakes.length > 0) throw toError(mistakes);
  return made;
}

type Issue = ZodError['issues'][number];

/** What a schema complains about, a mistake for each field. */
export function mistakesIn(issues: readonly Issue[], above: readonly PropertyKey[] = []): Mistake[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: formatPath([...path, key]), message: 'is not a known field' }));
    }
    const entered = issue.code === 'invalid_union' ? issue.errors.find(wasEntered) : undefined;
    if (entered !== undefined) return mistakesIn(entered as Issue[], path);
    return [{ path: formatPath(path), message: issue.message }];
  });
}

/** Whether a branch of a union is what was meant: it is wrong somewhere inside. */
function wasEntered(issues: readonly { path: PropertyKey[]; code?: string | undefined }[]): boolean {
  return issues.some(({ path, code }) => path.length > 0 || code === 'unrecognized_keys');
}

function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_]\w*$/.test(String(step))) text += text === '' ? String(step) : `.${String(step)}`;
    else text += `[${JSON.stringify(String(step))}]`;
  }
  return text === '' ? 'catalogue' : text;
}
