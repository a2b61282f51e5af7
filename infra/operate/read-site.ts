import { parse } from '@cdktn/hcl2json';
import { z } from 'zod';
import type { Site } from './plan.ts';

const schema = z.object({
  project_id: z.string().min(1),
  regions: z.tuple([z.string()], z.string()),
  data_location: z.object({ firestore: z.string() }),
  domain: z.string().optional(),
  open_by: z.enum(['all_users', 'no_check']).default('all_users'),
});

/** Reads the text of `envs/<environment>.tfvars`. Throws where it is not HCL, or lacks what a plan wants. */
export async function readSite(text: string, environment: string, now: Date): Promise<Site> {
  const values = schema.parse(await parse('environment.tfvars', text));
  return {
    projectId: values.project_id,
    regions: values.regions,
    location: values.data_location.firestore,
    edge: values.domain !== undefined,
    openBy: values.open_by,
    environment,
    now,
  };
}
