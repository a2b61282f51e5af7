import type { PlanStep, Site } from './plan.ts';
import { newInstances } from './rotate-plan.ts';

export interface Drain {
  /** No new requests go there; none: every region takes them again. */
  regions: readonly string[];
  /** What runs, `…@sha256:…`, so that nothing else changes. */
  image: string;
}

/** Leads new requests away from some regions by Terraform, as `drained_regions` in the environment's values does for good. */
export function drainPlan(site: Site, { regions, image }: Drain): PlanStep[] {
  const { projectId, environment } = site;
  const unknown = regions.filter((region) => !site.regions.includes(region));
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')} is none of ${site.regions.join(', ')}.`);
  if (regions.length === site.regions.length) throw new Error('One region has to be left.');
  const backend = `-backend-config=bucket=${projectId}-mesh-state`;
  const drained = regions.map((region) => JSON.stringify(region)).join(',');
  return [
    {
      title: 'Open the state',
      command: ['terraform', '-chdir=infra', 'init', '-input=false', '-reconfigure', backend],
    },
    {
      title: regions.length === 0 ? 'Let every region take requests' : `Lead requests away from ${regions.join(', ')}`,
      command: [
        ...['terraform', '-chdir=infra', 'apply', `-var-file=envs/${environment}.tfvars`],
        ...[`-var=image=${image}`, `-var=drained_regions=[${drained}]`],
      ],
    },
  ];
}

/** Ends the instances of a region, and with them one that does not do what it should: Cloud Run names none. */
export function replacePlan(site: Site, region: string): PlanStep[] {
  if (!site.regions.includes(region)) throw new Error(`${region} is none of ${site.regions.join(', ')}.`);
  return newInstances(site, [region]);
}
