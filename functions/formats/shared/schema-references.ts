import { isExactNumber } from './exact-json.ts';
import { isRecord } from './is-record.ts';
import { unsupported } from './refusals.ts';

type Schema = Record<string, unknown>;

/** How much more a schema may become where its references are written out: the input is paid for as its caller sent it. */
export const MAX_GROWTH = 2;

/**
 * A schema with the definitions that it refers to where the references stand: that of the root alone, or everywhere, and then
 * without the definitions. A definition within itself ends in a schema that takes anything. Throws
 * `model_capability_not_supported` where it would grow too much.
 */
export function inlineReferences(root: Readonly<Schema>, where: 'root' | 'everywhere'): Schema {
  if (where === 'root') return inlined(root, root, []).schema;
  const most = MAX_GROWTH * countValues(root);
  let values = 0;
  const write = (value: unknown, within: readonly string[]): unknown => {
    if (++values > most) throw unsupported('tools', 'The parameters of a tool are too long without references.');
    if (Array.isArray(value)) return value.map((each) => write(each, within));
    if (!isRecord(value) || isExactNumber(value)) return value;
    const { schema, within: inside } = inlined(value, root, within);
    return Object.fromEntries(Object.entries(schema).map(([keyword, each]) => [keyword, write(each, inside)]));
  };
  const { $defs: _, definitions: __, ...rest } = root;
  return write(rest, []) as Schema;
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + countValues(each), 1);
}

/** A node with what it refers to, whose own keywords win. */
function inlined(
  node: Readonly<Schema>,
  root: Readonly<Schema>,
  within: readonly string[],
): { schema: Schema; within: readonly string[] } {
  const { $ref: ref, ...rest } = node;
  if (typeof ref !== 'string' || !ref.startsWith('#')) return { schema: { ...node }, within };
  if (within.includes(ref)) return { schema: rest, within };
  const target = ref
    .slice(1)
    .split('/')
    .slice(1)
    .reduce<unknown>((at, step) => (isRecord(at) ? at[toName(step)] : undefined), root);
  if (!isRecord(target) || target === root) return { schema: rest, within };
  return inlined({ ...target, ...rest }, root, [...within, ref]);
}

/** https://www.rfc-editor.org/rfc/rfc6901 */
function toName(step: string): string {
  return decode(step).replaceAll('~1', '/').replaceAll('~0', '~');
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
