import type { PlanStep, Site } from './plan.ts';

const ADMIN_KEY = 'mesh-admin-key';
const USER_KEY = 'mesh-user-key';
/** Running again so soon goes on with the version that there is. */
const SAME_ROTATION = '-PT1H';

export type Rotation =
  /** A new value, beside the old one. */
  | { secret: string; value: string }
  /** The number of a version that nobody needs any more. */
  | { secret: string; disable: string };

/** Adds a version of a secret, or ends one. Throws for the key that never rotates. */
export function rotatePlan(site: Site, rotation: Rotation): PlanStep[] {
  const { secret } = rotation;
  if (secret === USER_KEY) {
    throw new Error(
      `${USER_KEY} is kept for ever: of its versions only the first is read, and another would name everybody anew.`,
    );
  }
  const project = `--project=${site.projectId}`;
  const versions = ['gcloud', 'secrets', 'versions'];
  if ('disable' in rotation) {
    return [
      {
        ask: `Is version ${rotation.disable} of ${secret} used by nobody any more?`,
        title: `End version ${rotation.disable} of ${secret}`,
        command: [...versions, 'disable', rotation.disable, `--secret=${secret}`, project],
      },
    ];
  }
  const fresh = `--filter=state=ENABLED AND createTime>${SAME_ROTATION}`;
  const add: PlanStep = {
    title: `Add a version of ${secret}`,
    done: { command: [...versions, 'list', secret, fresh, '--format=value(name)', project], says: /\S/ },
    command: [...versions, 'add', secret, '--data-file=-', project],
    input: rotation.value,
  };
  return secret === ADMIN_KEY ? [add, ...newInstances(site, site.regions)] : [add];
}

/** Replaces all instances of some regions: those that go have five seconds for their streams, and give their money back. */
export function newInstances({ projectId, now }: Site, regions: readonly string[]): PlanStep[] {
  const label = `--update-labels=replaced=${Math.floor(now.getTime() / 1_000)}`;
  return regions.map((region) => ({
    title: `New instances, ${region}`,
    command: ['gcloud', 'run', 'services', 'update', 'router', `--region=${region}`, label, `--project=${projectId}`],
  }));
}
