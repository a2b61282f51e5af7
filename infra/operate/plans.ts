import { randomBytes } from 'node:crypto';
import { drainPlan, replacePlan } from './drain-plan.ts';
import type { PlanStep, Site } from './plan.ts';
import { type Replay, replayed, replayPlan, SECOND } from './replay-plan.ts';
import { restorePlan } from './restore-plan.ts';
import { rotatePlan } from './rotate-plan.ts';

/** What was said on the command line. */
export interface Said {
  at?: string;
  backup?: string;
  database?: string;
  since?: string;
  'empty-parked'?: boolean;
  disable?: string;
  image?: string;
}

export interface Given {
  said: Said;
  /** What stands after the environment. */
  words: readonly string[];
  /** A secret's new value, from `KEY`. */
  key: string | undefined;
}

const MINUTE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/;
const SEAL_KEY = 'mesh-seal-key';
const KEY_BYTES = 32;

export const USAGE = `npm run operate -- <plan> <environment> … [--dry-run] [--yes] [--now=<time>]

  restore <environment> --at=2026-11-26T10:15:00Z | --backup=projects/…/backups/…   [--database=<its own>]
  replay <environment> charges|warehouse --since=2026-11-26T10:15:00Z                [--empty-parked]
  rotate <environment> <secret>                      with the new value in KEY; mesh-seal-key makes its own
  rotate <environment> <secret> --disable=<version>
  drain <environment> [<region> …] --image=…@sha256:…     no region: every one takes requests again
  replace <environment> <region>                     new instances in place of all that run there

  --dry-run   print the commands and run none of them
  --yes       do not ask
  --now       the time that stands in the commands`;

/** The steps of a plan. Throws with `USAGE` where something is not said, or said wrong. */
export function planOf(name: string | undefined, site: Site, { said, words, key }: Given): PlanStep[] {
  const [first = ''] = words;
  switch (name) {
    case 'restore': {
      const { at, backup } = said;
      need((at === undefined) !== (backup === undefined) && (at === undefined || MINUTE.test(at)));
      const database = said.database ?? `restored-${at?.replaceAll(/\D/g, '').slice(0, 12) ?? 'backup'}`;
      return restorePlan(site, { from: at === undefined ? { backup: backup ?? '' } : { minute: at }, database });
    }
    case 'replay': {
      const { since = '', 'empty-parked': emptyParked = false } = said;
      need(SECOND.test(since) && replayed.some((each) => each === first));
      return replayPlan(site, { what: first as Replay['what'], since, emptyParked });
    }
    case 'rotate': {
      need(/^[a-z0-9-]+$/.test(first));
      if (said.disable !== undefined) return rotatePlan(site, { secret: first, disable: said.disable });
      const value = first === SEAL_KEY ? randomBytes(KEY_BYTES).toString('base64') : key;
      if (!value && first !== 'mesh-user-key') throw new Error('The new value is read from the variable KEY.');
      return rotatePlan(site, { secret: first, value: value ?? '' });
    }
    case 'drain':
      need(/@sha256:[0-9a-f]{64}$/.test(said.image ?? ''));
      return drainPlan(site, { regions: words, image: said.image ?? '' });
    case 'replace':
      need(words.length === 1);
      return replacePlan(site, first);
    default:
      throw new Error(USAGE);
  }
}

function need(is: boolean): void {
  if (!is) throw new Error(USAGE);
}
