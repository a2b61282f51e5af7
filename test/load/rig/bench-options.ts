import { parseArgs } from 'node:util';
import { type Case, cases } from './cases.ts';
import { beforeNames, type VariantName, variantNames } from './variants.ts';

export interface BenchOptions {
  cases: readonly Case[];
  variants: readonly VariantName[];
  rounds: number;
  /** What the goals are about alone, in one round of shorter windows: a first look. */
  quick: boolean;
  /** The folder of another checkout that is measured beside this one, or null. */
  against: string | null;
  /** Whether Mesh writes a CPU profile. */
  profile: boolean;
  /** Whether everything is measured in full, so that the results are worth keeping. */
  complete: boolean;
}

const ROUNDS = 3;
/** What `--quick` measures with, next to a whole run. */
const QUICK_SHARE = 0.3;
const QUICK_ROUNDS = 1;
/** Whom the goals are about, and whom they are measured against. */
const quickVariants: readonly VariantName[] = ['bare', 'mesh', 'mesh-h2c', 'mesh-firestore'];

/** Reads the command line; throws an `Error` that names the option and what it may be. */
export function readBenchOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      case: { type: 'string', multiple: true, default: [] },
      only: { type: 'string' },
      against: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      'no-portkey': { type: 'boolean', default: false },
      'no-litellm': { type: 'boolean', default: false },
    },
  });
  const names = values.case.flatMap((text) => text.split(','));
  const against = values.against ?? null;
  const alone = names.length > 0 ? names.map(findCase) : cases.filter(({ quick }) => quick || !values.quick);
  const chosen = against === null ? alone : alone.map((each) => ({ ...each, variants: withBefore(each.variants) }));
  const named = values.only?.split(',').map(findVariant) ?? (values.quick ? quickVariants : variantNames);
  const only = against === null ? named : withBefore(named);
  const rounds = Number(values.rounds ?? (values.quick ? QUICK_ROUNDS : ROUNDS));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number from 1.');
  const without = [...(values['no-portkey'] ? ['portkey'] : []), ...(values['no-litellm'] ? ['litellm'] : [])];
  // What no case asks for is not started either.
  const variants = only.filter(
    (name) => !without.includes(name) && chosen.some((each) => each.variants.includes(name)),
  );
  return {
    cases: values.quick ? chosen.map((each) => ({ ...each, measureMs: each.measureMs * QUICK_SHARE })) : chosen,
    variants,
    rounds,
    quick: values.quick,
    against,
    profile: values.profile,
    complete:
      names.length === 0 && !values.quick && !values.profile && variantNames.every((name) => variants.includes(name)),
  };
}

/** Each of Mesh has what it was before in front of it. */
function withBefore(variants: readonly VariantName[]): VariantName[] {
  return variants.flatMap((name) => {
    const before = beforeNames[name];
    return before === undefined ? [name] : [before, name];
  });
}

function findCase(name: string): Case {
  const found = cases.find((each) => each.name === name);
  if (found === undefined) throw new Error(`--case must be of ${cases.map((each) => each.name).join(', ')}.`);
  return found;
}

function findVariant(name: string): VariantName {
  const found = variantNames.find((each) => each === name);
  if (found === undefined) throw new Error(`--only must be of ${variantNames.join(', ')}.`);
  return found;
}
